/** The other side of the benchmark of tokens: a program that sends the forms it is given over kept connections, and tells how long each took. Throws at any answer but that status. */
import { Agent, request } from 'node:http'

const [url = '', connections = '32', expected = '200'] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) })

function post(body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }
    request(`${url}/oauth/token`, { agent, method: 'POST', headers }, (res) => {
      res.resume().once('end', () => resolve(res.statusCode ?? 0))
    })
      .on('error', reject)
      .end(body)
  })
}

const forms = Buffer.concat((await process.stdin.toArray()) as Buffer[])
  .toString()
  .trim()
  .split('\n')
  .reverse()
const took: number[] = []

async function send(): Promise<void> {
  for (let form = forms.pop(); form !== undefined; form = forms.pop()) {
    const started = performance.now()
    const status = await post(form)
    if (String(status) !== expected) throw new Error(`answered ${status}`)
    took.push(performance.now() - started)
  }
}

const started = performance.now()
await Promise.all(Array.from({ length: Number(connections) }, send))
process.stdout.write(JSON.stringify({ seconds: (performance.now() - started) / 1000, took }))
agent.destroy()
