/** A caller who writes bytes to the socket himself, and what comes back of them. */
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

export interface RawAnswer {
  /** all that came, as latin1 */
  readonly text: string
  /** of each answer in it */
  readonly statuses: readonly number[]
  /** did the gateway close the connection? */
  readonly closed: boolean
}

/** Sends `bytes` (latin1) and reads until the connection is closed, or until nothing came for `patience` milliseconds. */
export async function raw(port: number, bytes: string, patience = 250): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1')
  const heard = { text: '', at: performance.now() }
  socket.setEncoding('latin1').on('data', (chunk) => {
    heard.text += String(chunk)
    heard.at = performance.now()
  })
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))
  heard.at = performance.now()
  socket.write(bytes, 'latin1')
  while (!socket.closed && performance.now() - heard.at < patience) await wait(10)
  const closed = socket.closed
  socket.destroy()
  return { text: heard.text, statuses: [...heard.text.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map((match) => Number(match[1])), closed }
}
