/** Sends the log to the collector of events that is configured; where none is, it does nothing. Decides nothing: it reads the files and joins the two ends. */
import { readFileSync } from 'node:fs'
import type { Config } from './config/config.ts'
import type { House } from './exchange/house.ts'
import { openEventFeed } from './exchange/log/event-feed.ts'
import { type SyslogObserver, startSyslog } from './forward/syslog.ts'

export function startFeed(
  { syslog }: Config,
  house: House,
  version: string,
  observe: SyslogObserver
): { readonly stop: () => Promise<void> } {
  if (syslog === null) return { stop: async () => undefined }
  const read = (path: string | null): string | null => (path === null ? null : readFileSync(path, 'utf8'))
  const { host, port, ca, cert, key } = syslog
  return startSyslog({ host, port, ca: read(ca), cert: read(cert), key: read(key) }, openEventFeed(house, version), observe)
}
