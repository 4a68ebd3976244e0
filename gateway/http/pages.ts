/** The few pages a browser lands on when somebody signs in: constant, without script, style or picture, so that the strictest policy of content holds for them. Says nothing of who or why. */
import type { ServerResponse } from 'node:http'
import { sendText } from './asked.ts'

const HTML = 'text/html; charset=utf-8'

function page(title: string, body: string, head = ''): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${head}<title>${title}</title></head>
<body><main><h1>${title}</h1>${body}</main></body>
</html>
`
}

const REFUSED = page(
  'You were not signed in',
  '<p>This gateway does not say why; its operator can see it in the log.</p><p><a href="/session/sign-in">Try again</a></p>'
)
const UNAVAILABLE = page('Signing in is not possible now', '<p>Try again shortly.</p><p><a href="/session/sign-in">Try again</a></p>')

/** Goes on by itself: only a request that begins on a page of our own brings the cookie along (SameSite=Strict). `next`: one of our own addresses, of a fixed list. */
export function sendSignedIn(res: ServerResponse, next: string): void {
  const head = `<meta http-equiv="refresh" content="0; url=${next}">`
  sendText(res, 200, page('You are signed in', `<p><a href="${next}">Go on</a></p>`, head), HTML)
}

export function sendRefused(res: ServerResponse, status: number): void {
  sendText(res, status, status < 500 && status !== 429 ? REFUSED : UNAVAILABLE, HTML)
}
