/** The other side of the benchmark of proofs: a program that asks a gateway for inclusion proofs over 16 kept connections for some seconds, and tells how many it was given. */
import { Agent, request } from 'node:http'

const [url = '', size = '1', seconds = '3'] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: 16 })

function get(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${url}${path}`, { agent }, (res) => {
      res.resume().once('end', () => resolve(res.statusCode ?? 0))
    })
      .on('error', reject)
      .end()
  })
}

async function read(until: number): Promise<number> {
  let proved = 0
  while (performance.now() < until) {
    const status = await get(`/log/proof/inclusion?index=${Math.floor(Math.random() * Number(size))}`)
    if (status !== 200) throw new Error(`a proof was refused: ${status}`)
    proved += 1
  }
  return proved
}

const until = performance.now() + Number(seconds) * 1000
const proved = await Promise.all(Array.from({ length: 16 }, () => read(until)))
process.stdout.write(`${proved.reduce((sum, n) => sum + n, 0) / Number(seconds)}\n`)
agent.destroy()
