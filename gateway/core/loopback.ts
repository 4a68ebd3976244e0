/** Addresses of this machine alone, and those at which nothing can be read on the way. Decides by what is written; nothing is resolved. */
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1', '[::1]'])

/** `host`: as it stands in an address, or as one listens on it. */
export function isLoopback(host: string | null | undefined): boolean {
  return LOOPBACK.has(host ?? '')
}

/** https, or http that does not leave this machine. */
export function isConfidential(address: string | null | undefined): boolean {
  const url = URL.parse(address ?? '')
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
}
