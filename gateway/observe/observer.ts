/**
 * Turns each business event into a line of JSON, a counter and an event of the span that is open. Refuses attributes that the event's
 * row does not list. Without an OpenTelemetry SDK the counters and spans cost nothing.
 */
import { type Attributes, type Counter, type Histogram, type Meter, metrics, trace } from '@opentelemetry/api'
import { ATTRIBUTES, type Attribute, EVENTS, type EventName, LABELS, type Level, type Observer } from './events.ts'
import { shown } from './shown.ts'

const RANK: ReadonlyMap<string, number> = new Map([
  ['debug', 0],
  ['info', 1],
  ['warn', 2],
  ['error', 3],
  ['silent', 4]
])

export interface ObserverOptions {
  /** events below it are counted, not logged */
  readonly level: Level | 'silent'
  /** takes one line, its newline included; default stderr */
  readonly write?: (line: string) => void
  /** default: the wall clock */
  readonly now?: () => Date
}

/** `uploadKept` → `upload-kept`, as it stands in lines and (with dots) in metric names. */
function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

interface Meters {
  readonly happened: Counter
  readonly sums: ReadonlyMap<string, Counter>
  readonly spreads: ReadonlyMap<string, Histogram>
}

function metersOf(meter: Meter, name: string, says: string, attributes: readonly Attribute[]): Meters {
  const sums = new Map<string, Counter>()
  const spreads = new Map<string, Histogram>()
  for (const attribute of attributes) {
    const kind = ATTRIBUTES[attribute]
    if (kind === 'count') sums.set(attribute, meter.createCounter(`${name}.${attribute}`))
    if (kind === 'milliseconds' || kind === 'seconds') {
      spreads.set(attribute, meter.createHistogram(`${name}.duration`, { unit: kind === 'seconds' ? 's' : 'ms' }))
    }
  }
  return { happened: meter.createCounter(name, { description: says }), sums, spreads }
}

function count(meters: Meters, values: Readonly<Record<string, string | number>>): void {
  const labels: Attributes = {}
  for (const name of LABELS) {
    const value = values[name]
    if (value !== undefined) labels[name] = value
  }
  meters.happened.add(1, labels)
  for (const [name, sum] of meters.sums) sum.add(Number(values[name] ?? 0), labels)
  for (const [name, spread] of meters.spreads) spread.record(Number(values[name] ?? 0), labels)
}

/** One function per event. Make one for each thread, after telemetry has started: instruments bind to the SDK of that moment. */
export function createObserver(options: ObserverOptions): Observer {
  const write = options.write ?? ((line: string): void => void process.stderr.write(line))
  const now = options.now ?? ((): Date => new Date())
  const least = RANK.get(options.level) ?? 0
  const meter = metrics.getMeter('sallyport')
  const functionFor = (event: EventName): ((values: Readonly<Record<string, unknown>>) => void) => {
    const { level, says, attributes } = EVENTS[event]
    const name = dashed(event)
    const meters = metersOf(meter, `sallyport.${name.replaceAll('-', '.')}`, says, attributes)
    const logged = (RANK.get(level) ?? 0) >= least
    return (given) => {
      const values = shown(attributes, given)
      count(meters, values)
      const span = trace.getActiveSpan()
      span?.addEvent(name, values)
      if (!logged) return
      const traced = span === undefined ? {} : { trace: span.spanContext().traceId }
      write(`${JSON.stringify({ at: now().toISOString(), level, event: name, says, ...values, ...traced })}\n`)
    }
  }
  const names = Object.keys(EVENTS) as EventName[] // the keys of our own constant table
  // each function takes what its row lists and reads nothing else: see shown()
  return Object.fromEntries(names.map((name) => [name, functionFor(name)])) as unknown as Observer
}
