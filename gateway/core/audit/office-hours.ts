/** When people are at work, by the clock and calendar of their zone. Decides whether a moment lies outside; daylight saving is the zone's. */

export interface OfficeHours {
  /** IANA name */
  readonly zone: string
  /** Mon … Sun */
  readonly days: readonly string[]
  /** HH:MM; `until` is the first minute after, 24:00 at most */
  readonly from: string
  readonly until: string
}

export function outside({ zone, days, from, until }: OfficeHours, at: Date): boolean {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23'
  }).formatToParts(at)
  const part = (type: string): string => parts.find((candidate) => candidate.type === type)?.value ?? ''
  const time = `${part('hour')}:${part('minute')}`
  return !days.includes(part('weekday')) || time < from || time >= until
}
