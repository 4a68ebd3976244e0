/** Hierarchies: what each level makes of values, which are refused, and which are guessed. */
import { expect } from 'chai'
import { PolicyError } from '../../../../gateway/core/errors.ts'
import { type Column, createTableBuilder } from '../../../../gateway/core/risk/measure/table.ts'
import { automaticHierarchy, quasiByName } from '../../../../gateway/core/risk/search/automatic.ts'
import { type Hierarchy, hierarchyFault, ladderOf } from '../../../../gateway/core/risk/search/hierarchies.ts'

function column(values: readonly (string | null)[], name = 'c'): Column {
  const builder = createTableBuilder([name, 'other'], [])
  for (const value of values) builder.add([value, 'x'])
  return builder.finish().quasi[0] ?? { name, codes: new Int32Array(), values: [] }
}

/** Per level its label and the class of each value, in letters. */
function levels(values: readonly (string | null)[], hierarchy: Hierarchy): string[] {
  const name = (code: number): string => String.fromCharCode(97 + code)
  return ladderOf(column(values), hierarchy).levels.map(({ label, of }) => `${label}: ${[...of].map(name).join('')}`)
}

describe('core/risk/hierarchies', () => {
  it('dates: month, year, so many years; a coarser date stays as it is; what is no date is a class of its own', () => {
    const dates = ['1950-01-31', '1950-01-02', '1950-12-01', '1951', '1959-05', 'n/a']
    expect(levels(dates, { kind: 'dates', levels: ['month', 'year', 10] })).to.deep.equal([
      'as it is: abcdef',
      'month: aabcde',
      'year: aaabcd',
      '10 years: aaaaab',
      '*: aaaaaa'
    ])
  })

  it('prefix, bins, edges, values', () => {
    expect(levels(['02138', '02139', '02999'], { kind: 'prefix', lengths: [4, 2] })).to.deep.equal([
      'as it is: abc',
      'first 4: aab',
      'first 2: aaa'
    ])
    expect(levels(['17', '19', '20', '39', '-1'], { kind: 'bins', widths: [5, 20], from: 0 })).to.deep.equal([
      'as it is: abcde',
      'width 5: aabcd',
      'width 20: aabbc',
      '*: aaaaa'
    ])
    expect(levels(['3', '17', '18', '70'], { kind: 'edges', levels: [[18, 65], [18]] })).to.deep.equal([
      'as it is: abcd',
      '3 bands: aabc',
      '2 bands: aabb',
      '*: aaaa'
    ])
    const parents = new Map([
      ['BSc', ['degree', 'study']],
      ['MSc', ['degree', 'study']],
      ['HS', ['school', 'study']]
    ])
    expect(levels(['BSc', 'MSc', 'HS', 'unknown'], { kind: 'values', parents })).to.deep.equal([
      'as it is: abcd',
      'level 1: aabc',
      'level 2: aaab',
      '*: aaaa'
    ])
  })

  it('missing stays missing, and what came as * stays *, until the level that tells nothing', () => {
    expect(levels(['10', null, '*', '11'], { kind: 'bins', widths: [10] })).to.deep.equal(['as it is: abcd', 'width 10: abca', '*: aaaa'])
  })

  it('keep: never coarser than the last level; a level that joins nothing is none', () => {
    expect(levels(['1950-01-01', '1951-01-01'], { kind: 'dates', levels: ['month', 'year', 10], keep: true })).to.deep.equal([
      'as it is: ab',
      '10 years: aa'
    ])
    expect(levels(['f', 'm'], { kind: 'whole', keep: true })).to.deep.equal(['as it is: ab'])
    expect(levels(['f'], { kind: 'whole' })).to.deep.equal(['as it is: a'])
  })

  it('refuses a hierarchy that is not nested: a search over levels would be wrong', () => {
    const parents = new Map([
      ['a', ['x', 'p']],
      ['b', ['x', 'q']]
    ])
    const twisted: Hierarchy[] = [
      { kind: 'values', parents },
      { kind: 'bins', widths: [4, 6] },
      { kind: 'prefix', lengths: [1, 2] }
    ]
    for (const hierarchy of twisted) {
      const values = hierarchy.kind === 'values' ? ['a', 'b'] : ['10', '11', '4', '5', '6', '7']
      expect(() => levels(values, hierarchy)).to.throw(PolicyError)
    }
  })

  it('says what does not nest whatever values come', () => {
    const parents = new Map([
      ['a', ['x', 'p']],
      ['b', ['y', 'p']]
    ])
    const sound: Hierarchy[] = [
      { kind: 'whole' },
      { kind: 'dates', levels: ['month', 'year', 5, 10] },
      { kind: 'bins', widths: [0.1, 0.2, 1] },
      { kind: 'prefix', lengths: [3, 1] },
      { kind: 'edges', levels: [[1, 2], [2]] },
      { kind: 'values', parents }
    ]
    const twisted: Hierarchy[] = [
      { kind: 'dates', levels: ['year', 'month'] },
      { kind: 'dates', levels: [4, 10] },
      { kind: 'bins', widths: [10, 10] },
      { kind: 'prefix', lengths: [3, 3] },
      { kind: 'edges', levels: [[1, 2], [3]] },
      { kind: 'values', parents: new Map([...parents, ['c', ['x', 'q']]]) },
      { kind: 'values', parents: new Map([...parents, ['c', ['z']]]) }
    ]
    expect(sound.map(hierarchyFault)).to.deep.equal(sound.map(() => null))
    for (const hierarchy of twisted) expect(hierarchyFault(hierarchy), JSON.stringify(hierarchy)).to.be.a('string')
  })

  it('counts how many distinct values share a class: what a value loses', () => {
    const ladder = ladderOf(column(['17', '18', '22', '41']), { kind: 'bins', widths: [10] })
    expect(ladder.levels.map(({ leaves }) => [...leaves])).to.deep.equal([
      [1, 1, 1, 1],
      [2, 2, 1, 1],
      [4, 4, 4, 4]
    ])
  })

  it('guessed: birth dates, ZIP codes, ages, numbers, everything else only whole', () => {
    const guess = (name: string, ...values: readonly string[]) => automaticHierarchy(column(values, name))
    expect(guess('Patient.birthDate', '1950-01-02', '1960-05')).to.deep.equal({ kind: 'dates', levels: ['month', 'year', 5, 10] })
    expect(guess('zip', '02138', '02139')).to.deep.equal({ kind: 'prefix', lengths: [3, 2, 1] })
    expect(guess('age', '17', '80')).to.deep.equal({ kind: 'bins', widths: [5, 10, 20, 40] })
    expect(guess('sex', 'f', 'm')).to.deep.equal({ kind: 'whole' })
    expect(guess('weight', ...Array.from({ length: 80 }, (_, kilo) => String(40 + kilo)))).to.deep.equal({
      kind: 'bins',
      widths: [1, 2, 4, 8]
    })
    expect(guess('race', '1', '2', '3')).to.deep.equal({ kind: 'bins', widths: [] })
  })

  it('guessed quasi-identifiers: by name, whatever its writing', () => {
    const names = ['id', 'Birth_Date', 'ZIP', 'gender', 'cholesterol', 'marital-status', 'Patient.address.postalCode']
    expect(quasiByName(names)).to.deep.equal(['Birth_Date', 'ZIP', 'gender', 'marital-status', 'Patient.address.postalCode'])
  })
})
