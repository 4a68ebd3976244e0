/** A program with telemetry, as main is one: tells one event and fails one stage. Prints what it loaded of an SDK. */
import { registerHooks } from 'node:module'
import { UpstreamError } from '../../gateway/core/errors.ts'
import { createObserver } from '../../gateway/observe/observer.ts'
import { submissionSpan } from '../../gateway/observe/span.ts'
import { startTelemetry } from '../../gateway/telemetry.ts'

const asked: string[] = []
registerHooks({
  resolve: (specifier, about, next) => {
    asked.push(specifier)
    return next(specifier, about)
  }
})
const [endpoint = '', submission = ''] = process.argv.slice(2)
const telemetry = await startTelemetry({ endpoint: endpoint === '' ? null : endpoint })
const observer = createObserver({ level: 'silent' })
const failed = await submissionSpan(submission, 'release-bucket', { kind: 'bucket' }, async () => {
  observer.uploadKept({ submission, party: 'demo-hospital', received: 3, rejected: 0, bytes: 10, milliseconds: 1 })
  throw new UpstreamError('internal', 5, new Error('Ann'))
}).catch((error: unknown) => error)
if (!(failed instanceof UpstreamError)) process.exitCode = 1
await telemetry.stop()
process.stdout.write(`${JSON.stringify(asked.filter((name) => name.includes('sdk')))}\n`)
