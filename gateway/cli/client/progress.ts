/** Progress on stderr for people: a bar when that is a terminal, silence otherwise. stdout stays the command's own. */
import { SingleBar } from 'cli-progress'

export interface Progress {
  /** done and total in the same unit; the label says what is under way */
  show(done: number, total: number, label: string): void
  stop(): void
}

const SILENT: Progress = { show: () => undefined, stop: () => undefined }

function amount(value: number, unit: 'bytes' | 'percent'): string {
  return unit === 'percent' ? `${Math.round(value * 100)} %` : `${(value / 1e6).toFixed(1)} MB`
}

export function createProgress(unit: 'bytes' | 'percent'): Progress {
  if (!process.stderr.isTTY) return SILENT
  const bar = new SingleBar({
    format: '{bar} {done} of {all}  {label}',
    barsize: 28,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr
  })
  let started = false
  return {
    show: (done, total, label) => {
      const payload = { done: amount(done, unit), all: amount(total, unit), label }
      if (!started) bar.start(total, done, payload)
      else {
        bar.setTotal(total)
        bar.update(done, payload)
      }
      started = true
    },
    stop: () => {
      if (started) bar.stop()
      started = false
    }
  }
}
