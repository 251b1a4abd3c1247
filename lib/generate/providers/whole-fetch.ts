import { Agent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as SecureAgent, request as httpsRequest } from 'node:https'
import { ProviderFailure } from './interface.js'

/** Larger than any answer. */
const MAX_BODY = 16 * 1024 * 1024

/** A response that has arrived whole. Only a refusal has a `body` too, for clients that look into it. */
export class WholeResponse extends Response {
  readonly raw: string

  constructor(raw: string, status: number, headers: Headers) {
    super(status < 300 || raw === '' ? null : raw, { status, headers })
    this.raw = raw
  }
}

/**
 * A `fetch` for many short requests with a text as body, over Node's own HTTP client. Node's `fetch` takes more than
 * twice the time of the processor for one, most of it in web streams and their garbage: with hundreds of requests in
 * flight that is what limits how many are answered a second. Follows no redirects, and decodes no compression.
 */
export function wholeFetch(): typeof fetch {
  const agents = { 'http:': new Agent({ keepAlive: true }), 'https:': new SecureAgent({ keepAlive: true }) }
  return (input, init = {}) => {
    const { body, method, headers, signal } = init
    if (typeof body !== 'string') throw new TypeError('wholeFetch sends texts only')
    const url = new URL(input instanceof Request ? input.url : input)
    const secure = url.protocol === 'https:'
    const options: RequestOptions = {
      method,
      agent: secure ? agents['https:'] : agents['http:'],
      ...(signal && { signal })
    }
    return new Promise((resolve, reject) => {
      const request = (secure ? httpsRequest : httpRequest)(url, options, (message) => {
        readWhole(message).then(resolve, reject)
      })
      request.on('error', reject)
      // Not among the options: those are printed by NODE_DEBUG=http, and the key is a header.
      for (const [name, value] of new Headers(headers)) request.setHeader(name, value)
      request.setHeader('content-length', Buffer.byteLength(body))
      request.end(body)
    })
  }
}

function readWhole(message: IncomingMessage): Promise<WholeResponse> {
  return new Promise((resolve, reject) => {
    let text = ''
    message.setEncoding('utf8')
    message.on('error', reject)
    message.on('data', (part: string) => {
      text += part
      if (text.length > MAX_BODY) {
        message.destroy(
          new ProviderFailure('bad_response', `an answer of more than ${MAX_BODY} characters`, { billed: true })
        )
      }
    })
    message.on('end', () => {
      try {
        const headers = new Headers()
        for (const [name, values] of Object.entries(message.headersDistinct)) {
          for (const value of values ?? []) headers.append(name, value)
        }
        resolve(new WholeResponse(text, message.statusCode ?? 0, headers))
      } catch (error) {
        // A status that there is not, for one.
        reject(error)
      }
    })
  })
}
