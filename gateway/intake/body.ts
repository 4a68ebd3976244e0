/** The body of an answer from elsewhere, whole, and never more of it than is wanted. Refuses the rest (RangeError): it is not read. */
export async function bodyOf(response: Response, mostBytes: number): Promise<Buffer<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    const part = chunk as Uint8Array // fetch bodies give bytes
    length += part.length
    if (length > mostBytes) throw new RangeError('too long')
    parts.push(part)
  }
  return Buffer.concat(parts)
}
