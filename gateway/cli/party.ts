/** `sallyport party`: who is registered, how each stands, and their keys. Operators' commands run at the gateway's machine (party/desk.ts), those of a party at its own (party/client.ts). */
import { Command } from 'commander'
import { addClient } from './party/client.ts'
import { addDesk } from './party/desk.ts'

const DESK_EXAMPLES = `
Examples:
  npx sallyport party list
  npx sallyport party invite new-hospital --role hospital --days 7 --officer first-operator --key first-sig.jwk > code
  npx sallyport party show new-hospital
  npx sallyport party confirm new-hospital --document sha256:5f7c… --officer second-operator --key second-sig.jwk
  npx sallyport party register new-hospital.json --officer first-operator --key first-sig.jwk
  npx sallyport party rotate new-hospital --add next.jwks.json --officer first-operator --key first-sig.jwk
  npx sallyport party confirm new-hospital --change NzbLsXh8uDCcd… --officer second-operator --key second-sig.jwk
  npx sallyport party rotate new-hospital --retire new-hospital-sig --officer first-operator
  npx sallyport party amend new-hospital-without-keys.json --officer first-operator --key first-sig.jwk
  npx sallyport party secret old-insurer --officer first-operator --key first-sig.jwk > secret
  npx sallyport party sign confirm new-hospital --about sha256:5f7c… --officer second-operator --key second-sig.jwk > word.jws
  npx sallyport party confirm new-hospital --document sha256:5f7c… --jws word.jws
  npx sallyport party revoke-key new-hospital new-hospital-sig --reason key-compromise --officer first-operator
  npx sallyport party suspend new-hospital --reason unspecified --officer first-operator
What makes somebody sign in is signed by one operator and confirmed by another; what only stops is said by one.
In force on every replica within a second. A rotation misses nothing: add the new key, let the party sign with it, then retire the old one.

Exit codes: 0 done; 1 refused: the code in brackets says why; 2 faults, or a wrong option; 3 no such party, or not for you; 75 try again later.`

const CLIENT_EXAMPLES = `
Examples:
  npx sallyport keys generate --party new-hospital --out keys
  npx sallyport party join --server https://gateway.example.org --invitation - --id new-hospital --role hospital --name "Example Hospital" \\
    --address "1 Example Street, Sampletown, MA 00000, USA" --key keys/new-hospital-sig.jwk --key keys/new-hospital-enc.jwk < code
  npx sallyport party keys --server https://gateway.example.org --party new-hospital --key keys/new-hospital-sig.jwk
  npx sallyport party keys --server https://gateway.example.org --party new-hospital --key keys/new-hospital-sig.jwk --add keys/next-sig.jwk
  npx sallyport party keys --server https://gateway.example.org --party new-hospital --key keys/next-sig.jwk --retire new-hospital-sig

Exit codes: 0 done; 1 refused: the code in brackets says why; 2 faults, or a wrong option; 3 not let in; 75 try again later.`

export function command(): Command {
  const party = new Command('party').description('register parties, rotate their keys, suspend and revoke them')
  addDesk(party, DESK_EXAMPLES)
  addClient(party, CLIENT_EXAMPLES)
  return party
}
