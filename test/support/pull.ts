/** A slow download, for tests of what ends one in the middle. */
import { get } from 'node:http'

export interface Pull {
  readonly begun: Promise<void>
  /** when the connection ended, and how much had come */
  readonly ended: Promise<{ readonly at: number; readonly bytes: number }>
}

/** A reader of some 10 MB a second. */
export function pull(url: string, token: string): Pull {
  const begun = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<{ at: number; bytes: number }>()
  const request = get(url, { headers: { authorization: `Bearer ${token}` } }, (res) => {
    let bytes = 0
    if (res.statusCode !== 200) begun.reject(new Error(`no download: ${res.statusCode}`))
    res.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      begun.resolve()
      res.pause()
      setTimeout(() => res.resume(), chunk.length / 10_000)
    })
    res.on('error', () => undefined)
    res.on('close', () => ended.resolve({ at: Date.now(), bytes }))
  })
  request.on('error', (error) => begun.reject(error))
  return { begun: begun.promise, ended: ended.promise }
}
