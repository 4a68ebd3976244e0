/** A program that starts the embedded server of a folder, prints its address and number, and stops when its stdin ends. */
import { once } from 'node:events'
import { startPostgres } from '../../gateway/store/postgres-server.ts'

const dir = process.argv[2]
if (dir === undefined) throw new Error('name a folder')
const server = await startPostgres({ dir, settings: { shared_buffers: '16MB' } })
process.stdout.write(`${JSON.stringify({ url: server.url, pid: server.pid })}\n`)
await once(process.stdin.resume(), 'end')
await server.stop()
