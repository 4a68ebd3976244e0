/**
 * Starts OpenTelemetry when a collector is named, and costs nothing (not even the import) when none is. main and each worker call it
 * first of all; nothing is instrumented automatically, and no environment or host detail is sent along.
 */

export interface Telemetry {
  /** Sends what is left; gives up after five seconds. */
  stop(): Promise<void>
}

export interface TelemetryOptions {
  /** base address of a collector (OTLP over HTTP), or null: nothing is started */
  readonly endpoint: string | null
  readonly version: string
}

export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  if (options.endpoint === null) return { stop: async () => undefined }
  const base = options.endpoint.replace(/\/+$/, '')
  const { context, metrics, trace } = await import('@opentelemetry/api')
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks')
  const { resourceFromAttributes } = await import('@opentelemetry/resources')
  const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace')
  const { MeterProvider, PeriodicExportingMetricReader } = await import('@opentelemetry/sdk-metrics')
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-http')
  const resource = resourceFromAttributes({ 'service.name': 'sallyport', 'service.version': options.version })
  const exporter = new OTLPTraceExporter({ url: `${base}/v1/traces` })
  const tracers = new TracerProvider({ resource, spanProcessors: [new BatchSpanProcessor({ exporter })] })
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url: `${base}/v1/metrics` }),
    exportIntervalMillis: 10_000
  })
  const meters = new MeterProvider({ resource, readers: [reader] })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(tracers)
  metrics.setGlobalMeterProvider(meters)
  return {
    async stop() {
      const sent = Promise.allSettled([tracers.shutdown(), meters.shutdown()])
      await Promise.race([sent, new Promise((done) => setTimeout(done, 5_000).unref())])
    }
  }
}
