/** Bytes to lines of text, as they arrive: no file is held whole. Refuses a line longer than the limit. */
import { createReadStream } from 'node:fs'
import { RequestError } from '../../core/errors.ts'
import { readBody } from '../../exchange/accept/body.ts'

const MIB = 1024 * 1024
const LONGEST = 16 * MIB

/** How many bytes of a file were read. */
export type Seen = (bytes: number) => void

/** Gives each line of the file, without its end, and its number from 1. gzip is unpacked. `take` answers 'enough' to stop early. */
export async function eachLine(
  path: string,
  take: (line: string, number: number) => 'enough' | undefined,
  seen: Seen = () => undefined
): Promise<void> {
  const file = createReadStream(path, { highWaterMark: MIB })
  const body = await readBody(file, { gzip: false }, { expansion: 1000, uploadBytes: Number.MAX_SAFE_INTEGER })
  const decoder = new TextDecoder()
  let number = 0
  let rest = ''
  const give = (line: string): boolean => {
    number += 1
    return take(line.endsWith('\r') ? line.slice(0, -1) : line, number) === 'enough'
  }
  for await (const chunk of body.chunks) {
    const text = rest + decoder.decode(chunk, { stream: true })
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      if (give(text.slice(from, end))) return
      from = end + 1
    }
    rest = text.slice(from)
    seen(file.bytesRead)
    if (rest.length > LONGEST) throw new RequestError('line-too-long')
  }
  rest += decoder.decode()
  if (rest !== '') give(rest)
}
