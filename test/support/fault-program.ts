/** A program whose gateway is slow to stop and which meets two faults that nobody caught, each with data in its message. */
import { stopAtFault } from '../../gateway/cli/serve.ts'

stopAtFault({
  stop: async () => {
    setTimeout(() => JSON.parse('{"name":"Invented Person"'), 10)
    await new Promise((resolve) => setTimeout(resolve, 5000))
  }
})
setTimeout(() => {
  throw new TypeError('Invented Person, first')
}, 10)
