/** How the gateway's process is started, for the command and for tests that measure it: which Node, which flags, which settings of the C library's allocator. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ours = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))

/** The Node 24 that the package `node` brings; whatever runs this file where it is not installed (the image). */
export const NODE = existsSync(ours) ? ours : process.execPath

export const CLI = fileURLToPath(new URL('../gateway/cli.ts', import.meta.url))

/**
 * V8's flags hold for the main thread and for the workers alike. A small young generation keeps memory low; letting the old one grow by half before
 * it is collected saves processor time: 28 s became 20 s on 300 MB of feed at 150 %, at 80 MiB more of memory; 50 % is between.
 */
export const FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4', '--heap-growing-percent=50']

/** The peak on 300 MB of feed was 311 MiB with these and a young generation of 4 MiB; `npm run bench -- private-path` prints what it is now. */
export const SETTINGS = {
  // Types stripped and code compiled once, not in every thread of every start.
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/sallyport', import.meta.url)),
  // glibc gives each thread an arena of its own otherwise, and keeps what was freed.
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '1048576',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_TOP_PAD_: '65536'
}
