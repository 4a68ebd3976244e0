/**
 * The few pages a browser lands on: without script, style or picture, so that the strictest policy of content holds for them. A refusal says nothing of who or why. Decides that one page
 * alone, that of a session, may send a form, and only to us.
 */
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

/** What an officer sees of a session. Every text is of ours: ids, words of a list, moments. */
export interface SessionPage {
  readonly officer: string
  readonly roles: readonly string[]
  readonly until: string
  readonly csrf: string
  readonly links: readonly string[]
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`)
}

function form(csrf: string, button: string, more = ''): string {
  return `<form method="post" action="/session/sign-out"><input type="hidden" name="csrf" value="${escaped(csrf)}">${more}<button>${button}</button></form>`
}

/** Sends a form to us alone, and says to us where it comes from: no-referrer would make the Origin of a form null. */
export function sendSession(res: ServerResponse, { officer, roles, until, csrf, links }: SessionPage): void {
  res.setHeader('Content-Security-Policy', "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'self'")
  res.setHeader('Referrer-Policy', 'same-origin')
  const list = links.map((link) => `<li><a href="${link}">${link}</a></li>`).join('')
  const who = `<p>${escaped(officer)}: ${escaped(roles.join(', '))}. Ends at ${escaped(until)}, or when idle.</p>`
  const all = form(csrf, 'End all my sessions, everywhere', '<input type="hidden" name="all" value="yes">')
  sendText(res, 200, page('Session', `${who}<ul>${list}</ul>${form(csrf, 'Sign out')}${all}`), HTML)
}

export function sendSignedOut(res: ServerResponse): void {
  sendText(res, 200, page('You are signed out', '<p><a href="/session/sign-in">Sign in</a></p>'), HTML)
}

export function sendRefused(res: ServerResponse, status: number): void {
  sendText(res, status, status < 500 && status !== 429 ? REFUSED : UNAVAILABLE, HTML)
}
