// Shares so many megabytes and prints the most memory that the process ever had, in megabytes.
//
//   node import-child.js <megabytes> <folder>
import { realLines, share } from './import.js'

const [megabytes = '0', folder = '.'] = process.argv.slice(2)
await share([{ name: 'input', stream: realLines(Number(megabytes)) }], folder)
process.stdout.write(String(Math.round(process.resourceUsage().maxRSS / 1024)))
