/**
 * Spans made by hand, around stages only (automatic instrumentation costs some 40 %). One trace per submission, across requests, worker
 * threads and replicas: the submission's uuid is the trace id. An error shows its code in the span, never its message.
 */
import { context, ROOT_CONTEXT, type Span, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api'
import { sha256 } from '../core/digest.ts'
import type { Attribute, SpanName, ValueOf } from './events.ts'
import { classAndCode, shown } from './shown.ts'

export type SpanAttributes = { readonly [A in Attribute]?: ValueOf<A> }

async function within<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    span.setAttribute('error', classAndCode(error))
    span.setStatus({ code: SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}

function listed(attributes: SpanAttributes): Record<string, string | number> {
  return shown(Object.keys(attributes) as Attribute[], attributes) // SpanAttributes has no other keys; shown() drops what is not in the table
}

/** Runs `work` inside a span of the present trace. */
export function span<T>(name: SpanName, attributes: SpanAttributes, work: () => Promise<T>): Promise<T> {
  return trace.getTracer('sallyport').startActiveSpan(name, { attributes: listed(attributes) }, (made) => within(made, work))
}

/** Runs `work` inside a span of the submission's own trace, wherever and whenever that is. `submission` is its uuid. */
export function submissionSpan<T>(submission: string, name: SpanName, attributes: SpanAttributes, work: () => Promise<T>): Promise<T> {
  const parent = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: submission.replaceAll('-', '').toLowerCase(),
    spanId: sha256(submission).toString('hex').slice(0, 16),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true
  })
  return context.with(parent, () => span(name, { submission, ...attributes }, work))
}
