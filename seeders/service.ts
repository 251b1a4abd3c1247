export interface ServiceOptions {
  /** Absolute paths of node and of vdata.js. */
  node: string
  vdata: string
  /** vdata's home. */
  home: string
  /** What `vdata seed` is called with. */
  args: readonly string[]
}

/**
 * A systemd user unit that runs a seeder: it may write to vdata's home and nowhere else, and starts again when it fails.
 * What user units cannot do on every system without privileges (a private /tmp, devices) is left out.
 */
export function systemdUnit({ node, vdata, home, args }: ServiceOptions): string {
  const command = [node, vdata, 'seed', ...args, '--log', '--quiet', '--no-input'].map(quote).join(' ')
  return `[Unit]
Description=vdata seeder: keeps and serves open training data
Documentation=https://github.com/vdata/vdata
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
ExecStart=${command}
Environment=${quote(`VDATA_HOME=${home}`)}
Restart=on-failure
RestartSec=30
# 2 and 3 are a wrong option and a missing setting: starting again does not help.
RestartPreventExitStatus=2 3
TimeoutStopSec=10
Nice=10
IOSchedulingClass=idle
MemoryHigh=700M
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=${quote(home)}
ProtectControlGroups=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectClock=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
RestrictNamespaces=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
UMask=0077

[Install]
WantedBy=default.target
`
}

/** A word as systemd reads it: see systemd.syntax(7), "Quoting". */
function quote(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w@%+=:,./-]+$/.test(word) ? escaped : `"${escaped}"`
}
