/** A secret is no text: it cannot slip into a call that wants one. */
import { Secret } from '../../gateway/config/secrets.ts'

const print = (text: string): number => text.length
const secret = new Secret('postgres://gateway:password@db/sallyport')
print(secret.reveal())
print(secret) // refused: TS2345
export const peeked = secret['#text'] // refused: TS7053
