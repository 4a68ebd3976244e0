/** `sallyport token`: signs in as a party or officer and prints an access token, for curl and other tools. Refuses what the gateway refuses. */
import { Command, Option } from 'commander'
import { type ClientOptions, sessionOf, withClientOptions } from './client/options.ts'

const EXAMPLES = `
A token lives five minutes at most; an officer's is for accountings and the log (--for accountings), of officers and of either side for agreements, of a side for disputes, too (--for agreements); --for redelivery has what left offered again. It is printed alone, so that a shell can put it where it is needed.

Example:
  TOKEN=$(npx sallyport token --server https://localhost:8480 --ca ca.pem --party demo-hospital --key demo-hospital-sig.jwk --for sending)
  curl --cacert ca.pem -H "Authorization: Bearer $TOKEN" --data-binary @Patient.ndjson \\
    -H "Content-Type: application/fhir+ndjson" "https://localhost:8480/submissions?close=true"`

const SCOPES = {
  sending: 'sallyport/submit',
  receiving: 'system/*.rs',
  agreements: 'sallyport/agreements',
  keys: 'sallyport/keys',
  accountings: 'sallyport/accountings system/AuditEvent.rs',
  redelivery: 'sallyport/redelivery',
  operating: 'sallyport/operate',
  emergencies: 'sallyport/emergencies'
} as const

async function print(options: ClientOptions & { readonly for: keyof typeof SCOPES }): Promise<void> {
  const session = sessionOf(options, SCOPES[options.for])
  try {
    const token = await session.token()
    process.stdout.write(options.json === true ? `${JSON.stringify({ access_token: token })}\n` : `${token}\n`)
  } finally {
    await session.close()
  }
}

export function command(): Command {
  return withClientOptions(new Command('token').description('sign in and print an access token'))
    .addOption(new Option('--for <role>', 'what the token is for').choices(Object.keys(SCOPES)).makeOptionMandatory())
    .addHelpText('after', EXAMPLES)
    .action(print)
}
