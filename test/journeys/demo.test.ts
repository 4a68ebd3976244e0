import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { AGREEMENTS } from '../../scripts/demo/agreements.ts'
import type { DemoOutcome } from '../../scripts/demo/outcome.ts'
import { until } from '../support/gateway.ts'

const DEMO = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url))

function demo(words: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', DEMO, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.once('error', fail)
    child.once('close', (code) => done({ code: code ?? -1, out, err }))
  })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** The process of the embedded PostgreSQL that belongs to this folder, wherever its data lies. */
function postmasterOf(folder: string): number {
  const pointer = join(folder, 'elsewhere')
  const home = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : folder
  return Number(readFileSync(join(home, 'cluster', 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
}

describe('the demo', function () {
  this.timeout(240_000)

  it('adds up, verifies, leaks nothing and leaves no gateway behind', async () => {
    const ran = await demo(['--exit', '--json', '--patients', '160'])
    expect(ran.err).to.equal('')
    const outcome = JSON.parse(ran.out) as DemoOutcome // as the demo prints it
    expect(outcome.problems).to.deep.equal([])
    expect(ran.code).to.equal(0)
    const told = outcome.agreements.map((one) => [one.agreement, one.state, one.addsUp, one.form])
    expect(told).to.have.deep.members(AGREEMENTS.map(({ id, form }) => [id, 'ready', true, form]))
    for (const one of outcome.agreements) {
      if (one.leaves === 'groups') expect(one.reports, 'readmissions and length of stay').to.include({ reports: 2 })
      else expect(one.subjects?.smallestGroup).to.be.at.least(3)
      expect(one.verified).to.deep.equal(['signature', 'receipt', 'hashes', 'dictionary'])
    }
    expect(outcome.leakScan).to.include({ verdict: 'clean', found: 0, shapes: 0 })
    expect(outcome.shiftScan, '45 CFR 164.514(b)(1)').to.include({ astray: 0 })
    expect(outcome.shiftScan?.found).to.equal(outcome.shiftScan?.people)
    expect(outcome.shiftScan?.shifts).to.be.above(50)
    expect(outcome.leakScan.planted).to.be.above(5000)
    expect(outcome.leakScan.outputRecords).to.be.above(5000)
  })

  it('says that a dataset is held when too few are alike, and ends with 3', async () => {
    const ran = await demo(['--exit', '--patients', '12'])
    expect(ran.code).to.equal(3)
    expect(ran.out).to.contain('an officer must decide')
  })

  it('killed with SIGKILL, leaves neither gateway nor database running', async () => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', DEMO, '--patients', '20'], {
      stdio: ['ignore', 'ignore', 'pipe']
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    // said once the gateway is ready
    await until(async () => (said.includes('feed: ') ? true : null))
    const folder = /everything it keeps lies in (\S+)/.exec(said)?.[1] ?? ''
    const launcher = Number(readFileSync(join(folder, 'gateway.pid'), 'utf8'))
    const server = postmasterOf(join(folder, 'data', 'postgres'))
    expect([isAlive(launcher), isAlive(server)]).to.deep.equal([true, true])
    child.kill('SIGKILL')
    await until(async () => (isAlive(launcher) || isAlive(server) ? null : true), 30)
    expect(readFileSync(join(folder, 'gateway.log'), 'utf8')).to.contain('"event":"stopped"')
  })
})
