/** The states of the United States as 45 CFR 160.103 means them (with the District of Columbia and the territories), by code and by name. Any other word may be a place. */
const ROWS =
  'AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming|PR Puerto Rico|GU Guam|VI Virgin Islands|AS American Samoa|MP Northern Mariana Islands'

const CODES: ReadonlyMap<string, string> = new Map(
  ROWS.split('|').flatMap((row): [string, string][] => {
    const code = row.slice(0, 2)
    return [
      [code, code],
      [row.slice(3).toUpperCase(), code]
    ]
  })
)

/** Two letters, or undefined for what is no state. */
export function stateCode(text: string): string | undefined {
  return CODES.get(text) ?? CODES.get(text.trim().toUpperCase())
}
