/** What is known of the people a text is about: finds their names, addresses, numbers and dates in any writing. */
import type { Page } from './page.ts'
import type { Span } from './span.ts'

export interface Known {
  find(this: void, page: Page, found: Span[]): void
}
