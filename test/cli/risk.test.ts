/** `sallyport risk report` as people run it: formats, what is refused, exit codes, and that no value of a row is ever told. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { filesAt } from '../../gateway/cli/risk/files.ts'
import type { Report } from '../../gateway/cli/risk/report.ts'
import { readTable } from '../../gateway/cli/risk/source.ts'
import { sallyport } from '../support/command.ts'

/** The rows of test/vectors/risk, which DuckDB wrote: 3, 2, 1 and 1 look-alikes by birth date, gender and ZIP. */
const PEOPLE = [
  ['1950-01-31', 'f', '90001', 'flu', '100'],
  ['1950-01-31', 'f', '90001', 'cold', '200'],
  ['1950-01-31', 'f', '90001', 'flu', '300'],
  ['1950-02-01', 'm', '90001', 'cold', '100'],
  ['1950-02-01', 'm', '90001', 'flu', '200'],
  ['1961-07-09', 'm', '90077', 'rash', '900'],
  ['', 'f', '90001', 'cold', '']
] as const
const CSV = `birthDate,gender,address.postalCode,diagnosis,cost\n${PEOPLE.map((row) => row.join()).join('\n')}\n`
const QI = ['--qi', 'birthDate,gender,address.postalCode']
const SENSITIVE = ['--sensitive', 'diagnosis,cost:ordered']

const vector = (name: string): string => fileURLToPath(new URL(`../vectors/risk/${name}`, import.meta.url))

describe('sallyport risk report', () => {
  let folder = ''
  const put = (name: string, content: string | Buffer): string => {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const run = (...words: readonly string[]) => sallyport(['risk', 'report', ...words])
  const told = async (...words: readonly string[]): Promise<Report> => {
    const ran = await run(...words, '--json')
    expect(ran.err).to.equal('')
    return JSON.parse(ran.out)
  }
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-risk-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('sizes, risks, diversity: as worked by hand', async () => {
    const { groups, risk, sensitive, quasiIdentifiers, holds } = await told(put('people.csv', CSV), ...QI, ...SENSITIVE)
    expect(groups).to.deep.include({ rows: 7, groups: 4, k: 1, largest: 3, average: 1.75, uniques: 2 })
    expect(risk.prosecutor).to.deep.equal({ max: 1, average: 4 / 7, atRisk: 1 })
    expect(sensitive.map(({ name, distance, distinct }) => [name, distance, distinct])).to.deep.equal([
      ['diagnosis', 'equal', 1],
      ['cost', 'ordered', 1]
    ])
    expect(quasiIdentifiers.map(({ name, values, missing }) => [name, values, missing])).to.deep.equal([
      ['birthDate', 3, 1 / 7],
      ['gender', 2, 0],
      ['address.postalCode', 2, 0]
    ])
    expect(holds).to.equal(true)
  })

  it('the same rows as CSV, NDJSON, gzip and Parquet of three codecs, in any order: the same report', async () => {
    const records = PEOPLE.map(([birthDate, gender, postalCode, diagnosis, cost]) =>
      JSON.stringify({
        birthDate: birthDate || null,
        gender,
        address: [{}, { postalCode }],
        diagnosis,
        cost: cost === '' ? undefined : Number(cost)
      })
    )
    const paths = [
      put('same.csv', CSV),
      put('same.ndjson', records.join('\n')),
      put('same.jsonl.gz', gzipSync(records.toReversed().join('\r\n'))),
      ...['snappy', 'gzip', 'zstd'].map((codec) => vector(`people-${codec}.parquet`))
    ]
    const [first, ...others] = await Promise.all(paths.map((path) => told(path, ...QI, ...SENSITIVE, '--k', '2')))
    expect(first?.groups.groups).to.equal(4)
    for (const other of others) expect(other).to.deep.equal(first)
  })

  it('a Parquet file of a codec not known here, or damaged, is refused in our words', async () => {
    const damaged = put('damaged.parquet', readFileSync(vector('people-snappy.parquet')).subarray(0, 500))
    for (const path of [vector('people-lz4.parquet'), damaged]) {
      const ran = await run(path, ...QI)
      expect(ran.code).to.equal(2)
      expect(ran.err).to.include('A Parquet file cannot be read')
    }
  })

  it('ends with 1 when what was asked does not hold, with 0 when it does', async () => {
    const path = put('asked.csv', CSV)
    const threes = put('threes.csv', CSV.split('\n').slice(0, 4).join('\n'))
    expect((await run(path, ...QI, '--k', '2')).code).to.equal(1)
    expect((await run(path, ...QI, '--k', '1')).code).to.equal(0)
    expect((await run(threes, ...QI, ...SENSITIVE, '--k', '3', '--entropy-l', '1.5', '--t', '0')).code).to.equal(0)
    expect((await run(threes, ...QI, ...SENSITIVE, '--l', '3')).code).to.equal(1)
    expect((await run(path, ...QI, ...SENSITIVE, '--t', '0.1')).code).to.equal(1)
  })

  it('the cheapest generalisation, by the hierarchies of a config; after it what was asked holds', async () => {
    const config = put(
      'plan.json',
      JSON.stringify({
        quasiIdentifiers: {
          'birthDate': { kind: 'dates', levels: ['month', 'year', 100], keep: true },
          'gender': { kind: 'whole', keep: true },
          'address.postalCode': { kind: 'prefix', lengths: [3] }
        },
        sensitive: { diagnosis: 'equal' },
        k: 2,
        suppress: 0.15
      })
    )
    const { search, asked } = await told(put('search.csv', CSV), '--config', config)
    expect(asked).to.deep.equal([{ measure: 'k', wanted: 2, found: 1, holds: false }])
    expect(search?.best?.levels.map(({ name, label }) => [name, label])).to.deep.equal([
      ['birthDate', '100 years'],
      ['gender', 'as it is'],
      ['address.postalCode', 'first 3']
    ])
    expect(search?.best).to.deep.include({ suppressed: 1 })
    expect(search?.best?.groups).to.deep.include({ k: 3, rows: 6, groups: 2 })
    expect(search?.curve.map(({ k }) => k)).to.deep.equal([2, 3, 5])
  })

  it('a config with faults is refused, all listed; levels that do not fit into each other too', async () => {
    const path = put('faulty.csv', CSV)
    const faulty = await run(path, '--config', put('faulty.json', '{"quasiIdentifiers": {"gender": {"kind": "hole"}}, "kk": 3}'))
    expect(faulty.code).to.equal(2)
    expect(faulty.err)
      .to.match(/kind: is missing, or not one that is known/)
      .and.match(/kk: is not a known key; the nearest is k/)
    const twisted = put('twisted.json', '{"quasiIdentifiers": {"cost": {"kind": "bins", "widths": [150, 200]}}}')
    expect((await run(path, '--config', twisted)).err).to.include('cost: each level must be a multiple of the one before')
  })

  it('CSV: quotes, commas and line ends within them, a byte order mark, semicolons; a row of other width is told by its line', async () => {
    const quoted = put('quoted.csv', '\uFEFF"birthDate","gender"\r\n"19""50","f, or\nm"\r\n"19""50","f, or\nm"\r\n')
    expect((await told(quoted, '--qi', 'birthDate,gender')).groups).to.deep.include({ rows: 2, groups: 1 })
    expect((await told(put('semicolons.csv', 'a;b,1;c\n1;2;3\n1;2;3\n'), '--qi', 'c')).groups).to.deep.include({ rows: 2, groups: 1 })
    const ragged = put('ragged.csv', 'a,b\n1,2\n1\n1,2\n1,2,3\n"1,2\n')
    const { data, holds } = await told(ragged, '--qi', 'a')
    expect(data).to.deep.include({ rows: 2, rejected: 3, firstRejected: [3, 5, 6].map((line) => ({ file: 1, line })) })
    expect(holds).to.equal(false)
    expect((await run(ragged, '--qi', 'a')).code).to.equal(1)
  })

  it('of a folder all data files are one table: FHIR resources that are no Patient, and files of other tables, are left out', async () => {
    const patient = (gender: string): string =>
      JSON.stringify({ resourceType: 'Patient', birthDate: '1950', gender, name: [{ family: 'Example' }] })
    put('fhir/Patient.ndjson', [patient('male'), patient('male'), 'no json', patient('female')].join('\n'))
    put('fhir/Condition.ndjson', JSON.stringify({ resourceType: 'Condition', gender: 'male' }))
    put('fhir/optouts.ndjson', JSON.stringify({ id: 'x' }))
    put('fhir/notes.md', 'gender')
    const ran = await run(join(folder, 'fhir'))
    expect(ran.out).to.match(/^3 rows in 3 files, 2 records of other types left out, 1 row that cannot be read \(first in file 2 line 3\)/)
    expect(ran.out).to.match(/Patient\.birthDate .*\n +Patient\.gender /)
    put('tables/a.csv', CSV)
    put('tables/b.csv', 'visit,ward\n1,2\n')
    expect((await told(join(folder, 'tables'), ...QI)).data).to.deep.include({ rows: 7, files: 1, leftOut: 1 })
  })

  it('a name misspelt is refused: it would make the risk look small; so are a column named twice, and l without a sensitive column', async () => {
    const path = put('names.csv', CSV)
    const refused = [
      ['--qi', 'gender,birthdate'],
      ['--qi', 'gender,gender'],
      [...QI, '--l', '2'],
      ['--qi', 'Patient.gender,Condition.code'],
      ['--t', '2']
    ]
    for (const words of refused) expect((await run(path, ...words)).code, words.join(' ')).to.equal(2)
    expect((await run(put('nothing.csv', 'x,y\n1,2\n'))).err).to.include('name them with --qi')
    expect((await run(join(folder, 'missing.csv'))).code).to.equal(2)
  })

  it('missing as a class of its own, or as any value; rows that came suppressed are no group', async () => {
    const path = put('missing.csv', 'sex,age\nM,30\nM,\n,30\nF,40\n*,*\n*,*\n')
    const own = await told(path, '--qi', 'sex,age')
    expect(own.groups).to.deep.include({ rows: 4, k: 1, uniques: 4 })
    expect(own.data.suppressed).to.equal(2)
    const any = await told(path, '--qi', 'sex,age', '--missing', 'wildcard')
    expect(any.groups.histogram).to.deep.equal([
      { size: 1, rows: 1 },
      { size: 3, rows: 3 }
    ])
  })

  it('the report says plainly where a missing value is a value of its own all the same: in l, t and the search', async () => {
    const path = put('reach.csv', 'sex,age,diagnosis\nM,30,a\nM,,b\n,30,a\nF,40,b\n')
    const words = ['--qi', 'sex,age', '--sensitive', 'diagnosis', '--l', '2']
    const page = join(folder, 'reach.html')
    const any = await run(path, ...words, '--missing', 'wildcard', '--html', page)
    const says =
      /may be any value in the sizes of groups, in k and in the risks only\. For l and t, .* the search .* it is a value of its own/
    expect(any.out).to.match(says)
    expect(readFileSync(page, 'utf8')).to.match(says)
    expect((await run(path, ...words)).out).not.to.match(says)
    const [own, wild] = [await told(path, ...words), await told(path, ...words, '--missing', 'wildcard')]
    expect(own.missingIsValueIn).to.deep.equal([])
    for (const member of wild.missingIsValueIn) expect(wild[member], member).to.deep.equal(own[member])
    expect(wild.missingIsValueIn).to.deep.equal(['quasiIdentifiers', 'sensitive', 'search'])
  })

  it('of a population: journalist risk and uniqueness; one of fewer people than rows is refused as usage', async () => {
    const path = put('population.csv', CSV)
    const { risk } = await told(path, ...QI, '--population', '14')
    expect(risk.journalist?.max).to.be.closeTo(Math.LN2, 1e-9)
    expect(risk.marketer).to.equal(risk.journalist?.average)
    expect(risk.population).to.deep.include({ size: 14 })
    expect((await told(path, ...QI, '--population', '7')).risk.population).to.deep.include({ size: 7, uniques: 2, model: 'counted' })
    const fewer = await run(path, ...QI, '--population', '6')
    expect([fewer.code, fewer.out, fewer.err.includes('The population is smaller than the rows')]).to.deep.equal([2, '', true])
  })

  it('what could not be read is said in the answer: no k is found and holds of a file of which no row could be read', async () => {
    const none = await run(put('unread.ndjson', '{"sex":\n[\n'), '--qi', 'sex', '--k', '5')
    expect(`${none.code} ${none.out}`).to.match(/^1 [\s\S]*k at least 5: not measured, for no row could be read\n/)
    const some = await run(put('some.ndjson', '{"sex":"f"}\n[\n'), '--qi', 'sex', '--k', '1')
    expect(`${some.code} ${some.out}`).to.match(/^1 [\s\S]*k at least 1: found 1, holds among the rows that could be read; 1 could not\n/)
  })

  it('no rows and one row are reported like any', async () => {
    const none = await told(put('none.csv', 'sex,age\n'), '--qi', 'sex,age', '--k', '5')
    expect(none).to.deep.include({ holds: true })
    expect(none.groups).to.deep.include({ rows: 0, groups: 0, k: 0 })
    const one = await run(put('one.csv', 'sex,age\nM,30\n'), '--qi', 'sex,age', '--k', '5')
    expect(`${one.code} ${one.out}`).to.match(/^1 [\s\S]*nothing holds/)
  })

  it('never tells a value of a row; the page has no script, fetches nothing, and escapes what columns are called', async () => {
    const html = join(folder, 'page.html')
    const out = join(folder, 'report.txt')
    const odd = put('odd.csv', CSV.replace('gender', '<img src=x>'))
    const words = [odd, '--qi', 'birthDate,<img src=x>,address.postalCode', ...SENSITIVE, '--k', '2', '--population', '1000']
    const ran = await run(...words, '--html', html, '--out', out)
    expect({ code: ran.code, out: ran.out, err: ran.err }).to.deep.equal({ code: 1, out: '', err: '' })
    const page = readFileSync(html, 'utf8')
    for (const text of [page, readFileSync(out, 'utf8'), (await run(...words, '--json')).out])
      expect(text).not.to.match(/90001|90077|1950|1961|\bflu\b|\brash\b|\b900\b/)
    expect(page).to.include("default-src 'none'").and.to.include('&#60;img src=x&#62;')
    expect(page).not.to.match(/<script|<img|http:|https:|@import|url\(/)
    expect(page.match(/<svg /g)).to.have.length(3)
  })

  it('formulas are cited, of what is told and no more', async () => {
    const path = put('cited.csv', CSV)
    const all = await run(path, ...QI, ...SENSITIVE, '--population', '1000')
    for (const name of ['El Emam 2013', 'Benedetti and Franconi 1998', 'Dankar', 'Machanavajjhala', 'Li et al. 2007', 'Kohlmayer'])
      expect(all.out).to.include(name)
    const few = await run(path, ...QI, '--no-search')
    expect(few.out)
      .to.include('Sweeney 2002')
      .and.not.match(/Machanavajjhala|Kohlmayer|Zayatz/)
  })

  it('hostile CSV: a named column twice, carriage returns alone, words behind a quote, bytes that are no UTF-8, an endless line', async () => {
    const refused = {
      'sex,zip,sex\nf,1,m\n': 'stands twice',
      'sex,zip\rf,1\rf,1\r': 'carriage return',
      'sex\n': 'column 2 of those named',
      [`sex,zip\n${'x'.repeat(17 * 1024 * 1024)},1\n`]: 'longer than the limit'
    }
    for (const [content, words] of Object.entries(refused)) {
      const ran = await run(put('hostile.csv', content), '--qi', 'sex,zip')
      expect(ran.code, words).not.to.equal(0)
      expect(ran.err).to.include(words)
      expect(ran.out).to.equal('')
    }
    const rows = Buffer.concat([Buffer.from('sex,zip\n"f"x,1\n"f",1\n=cmd|calc!A0,1\n'), Buffer.from([0xe9, 0x2c, 0x31, 0x0a])])
    expect((await told(put('rows.csv', rows), '--qi', 'sex,zip')).data).to.deep.include({ rows: 2, rejected: 2 })
    const escapes = await run(put('escapes.csv', '\u001B[2Jsex\nf\n'), '--qi', '\u001B[2Jsex')
    expect(escapes.out).to.include('[2Jsex').and.not.include('\u001B')
  })

  it('hostile NDJSON: lists without end are no value; a gzip that ends early is refused', async () => {
    const deep = put('deep.ndjson', `{"a":${'['.repeat(2e5)}${']'.repeat(2e5)}}\n{"a":[{"b":"f"}]}\n`)
    expect((await told(deep, '--qi', 'a.b')).groups).to.deep.include({ rows: 2, groups: 2 })
    const early = put('early.csv.gz', gzipSync(CSV.repeat(100)).subarray(0, 100))
    const ran = await run(early, ...QI)
    expect({ code: ran.code, out: ran.out }).to.deep.equal({ code: 1, out: '' })
  })

  it('how far it is: bytes of all files, rising to the last', async () => {
    const files = filesAt(put('read/a.csv', CSV)).concat(filesAt(put('read/b.csv', CSV)), filesAt(vector('people-zstd.parquet')))
    const seen: number[] = []
    await readTable(files, ['birthDate', 'gender'], [], (bytes) => seen.push(bytes))
    expect(seen).to.deep.equal([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).to.equal(files.reduce((sum, { bytes }) => sum + bytes, 0))
  })

  it('--help has examples', async () => {
    const ran = await run('--help')
    expect(ran.code).to.equal(0)
    expect(ran.out).to.include('npx sallyport risk report claims.csv --qi birthDate,sex,zip --k 11')
  })
})
