/** The quality gate itself: a check that sees nothing passes everything, so each is shown something it must refuse. */
import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { fileFaults } from '../../scripts/check/long-files.ts'
import { nodeFaults } from '../../scripts/check/node-binary.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

describe('scripts/check', function () {
  this.timeout(60_000)
  let root = ''
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(join(root, path, '..'), { recursive: true })
    await writeFile(join(root, path), text)
  }

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sallyport-check-'))
    for (const folder of ['gateway', 'scripts/config', 'test']) await mkdir(join(root, folder), { recursive: true })
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  it('files: too long without a reason, a reason without need, no opening paragraph, a word we do not use', async () => {
    await write(
      'scripts/config/long-files.txt',
      '# reasons\ngateway/short.ts: it was long once upon a time\ngateway/gone.ts: it is not there any more\n'
    )
    await write('gateway/long.ts', `/** Long. */\n${'export {}\n'.repeat(300)}`)
    await write('gateway/short.ts', '/** Short. */\n')
    await write('gateway/bare.ts', 'export {}\n')
    await write('gateway/store/token-manager.ts', '/** Named wrongly. */\n')
    expect(fileFaults(root).join('\n'))
      .to.contain('gateway/long.ts has 301 lines')
      .and.contain('gateway/short.ts needs its reason')
      .and.contain('excuses gateway/gone.ts')
      .and.contain('gateway/bare.ts does not open')
      .and.contain('gateway/store/token-manager.ts is named')
  })

  it('node: another binary than the one we know is refused', async () => {
    await cp(join(ROOT, 'scripts/config/node.sha256'), join(root, 'scripts/config/node.sha256'))
    await write('node_modules/node/package.json', '{"version":"24.21.0"}')
    await write('node_modules/node/bin/node', 'not node')
    expect(await nodeFaults(root)).to.have.length(1)
  })

  it('layers: core that reads a file, a cycle, and an adapter that imports another are refused', async () => {
    await write('package.json', '{"type":"module"}')
    await cp(join(ROOT, 'tsconfig.json'), join(root, 'tsconfig.json'))
    await cp(join(ROOT, 'scripts/config/layers.mjs'), join(root, 'scripts/config/layers.mjs'))
    await write('gateway/core/reads.ts', `import { readFileSync } from 'node:fs'\nexport const read = readFileSync\n`)
    await write('gateway/seal/one.ts', `import { two } from '../store/two.ts'\nexport const one = two\n`)
    await write('gateway/store/two.ts', `export const two = 2\n`)
    await write('gateway/http/a.ts', `import type { B } from './b.ts'\nexport type A = B | 1\n`)
    await write('gateway/http/b.ts', `import type { A } from './a.ts'\nexport type B = A | 2\n`)
    const tool = join(ROOT, 'node_modules/.bin/depcruise')
    const ran = spawnSync(process.execPath, [tool, '--config', 'scripts/config/layers.mjs', '--output-type', 'err', 'gateway'], {
      cwd: root,
      encoding: 'utf8'
    })
    expect(ran.status).to.not.equal(0)
    for (const rule of ['core-is-pure', 'seal-knows-core-only', 'no-cycles']) expect(ran.stdout).to.contain(rule)
  })
})
