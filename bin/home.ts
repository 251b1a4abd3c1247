import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where vdata keeps what it knows: `$VDATA_HOME`, else the platform's directory for an application's data. */
export function homeDirectory(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
  userHome: string = homedir()
): string {
  if (env.VDATA_HOME) return resolve(env.VDATA_HOME)
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(userHome, 'AppData', 'Local'), 'vdata')
  if (platform === 'darwin') return join(userHome, 'Library', 'Application Support', 'vdata')
  // The XDG specification has relative paths ignored.
  const data = env.XDG_DATA_HOME?.startsWith('/') ? env.XDG_DATA_HOME : join(userHome, '.local', 'share')
  return join(data, 'vdata')
}
