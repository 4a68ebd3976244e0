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
}

export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  if (options.endpoint === null) return { stop: async () => undefined }
  const base = options.endpoint.replace(/\/+$/, '')
  const { NodeSDK } = await import('@opentelemetry/sdk-node')
  const { PeriodicExportingMetricReader } = await import('@opentelemetry/sdk-metrics')
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-http')
  const sdk = new NodeSDK({
    serviceName: 'sallyport',
    autoDetectResources: false,
    instrumentations: [],
    traceExporter: new OTLPTraceExporter({ url: `${base}/v1/traces` }),
    metricReaders: [
      new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter({ url: `${base}/v1/metrics` }), exportIntervalMillis: 10_000 })
    ]
  })
  sdk.start()
  return {
    async stop() {
      const sent = sdk.shutdown().catch(() => undefined) // a collector that is away must not keep the gateway from stopping
      await Promise.race([sent, new Promise((done) => setTimeout(done, 5_000).unref())])
    }
  }
}
