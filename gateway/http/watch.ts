/** The watchdog on readers: a caller who takes no bytes for too long while some wait for it is let go. Refuses by closing the connection. */
import type { ServerResponse } from 'node:http'

/** Starts when called, ends with the response. Progress is seen a chunk at a time: with chunks of 256 KiB and 30 s, 9 KB/s is the slowest. */
export function watchReader(res: ServerResponse, stallSeconds: number): void {
  let written = -1
  const timer = setInterval(() => {
    const now = res.socket?.bytesWritten ?? 0
    const pending = res.writableLength + (res.socket?.writableLength ?? 0)
    if (now - pending === written && pending > 0) res.destroy()
    written = now - pending
  }, stallSeconds * 1000)
  res.once('close', () => clearInterval(timer))
}
