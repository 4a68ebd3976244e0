/**
 * The certificate of the listener: read from its files, and looked at again every half minute, for one of 90 days is replaced while the gateway runs. Decides nothing of TLS; one that
 * cannot be used (half written, a key of another) is told of once, the present one serves on, and the next look tries again.
 */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Config } from './config/config.ts'
import type { RunningServer } from './http/server.ts'
import type { TlsMaterial } from './http/tls.ts'
import type { createObserver } from './observe/observer.ts'

const LOOK_SECONDS = 30
const DAY_MS = 24 * 3600 * 1000

/** null: plain HTTP. */
export function listenersCertificate({ tls }: Pick<Config, 'tls'>): TlsMaterial | null {
  return tls === null ? null : readCertificate(tls)
}

function readCertificate({ cert, key, clientCa }: NonNullable<Config['tls']>): TlsMaterial {
  return {
    cert: readFileSync(cert, 'utf8'),
    key: readFileSync(key, 'utf8'),
    clientCa: clientCa === null ? null : readFileSync(clientCa, 'utf8')
  }
}

type Observe = Pick<ReturnType<typeof createObserver>, 'certificateRenewed' | 'certificateFaulty'>

/** Looks until stopped. `served`: what the listener began with. Files are read in full each time: their clock may be anybody's. */
export function keepCertificate(
  tls: Config['tls'],
  served: TlsMaterial | null,
  server: Pick<RunningServer, 'renewCertificate'>,
  observe: Observe,
  everySeconds = LOOK_SECONDS
): { stop(): Promise<void> } {
  if (tls === null || served === null) return { stop: async () => undefined }
  let seen = textOf(served)
  const look = (): void => {
    let found = ''
    try {
      const material = readCertificate(tls)
      found = textOf(material)
      if (found === seen) return
      server.renewCertificate(material)
      observe.certificateRenewed({ days: daysLeft(material) })
    } catch (error) {
      if (found !== seen) observe.certificateFaulty({ error })
    }
    seen = found
  }
  const looking = setInterval(look, everySeconds * 1000)
  return {
    stop: async () => {
      clearInterval(looking)
    }
  }
}

function textOf({ cert, key, clientCa }: TlsMaterial): string {
  return [cert, key, clientCa ?? ''].join('\n')
}

function daysLeft({ cert }: TlsMaterial): number {
  return Math.floor((new X509Certificate(cert).validToDate.getTime() - Date.now()) / DAY_MS)
}
