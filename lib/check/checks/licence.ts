import { z } from 'zod'
import { satisfies } from '../spdx.js'
import { defineCheck } from '../types.js'

const options = z.strictObject({
  /** SPDX identifiers that the dataset takes; any where it is left out. */
  accept: z.array(z.string().max(256)).max(256).optional(),
  /** Beginnings of addresses of terms that the dataset does not take, such as `https://openai.com/policies`. */
  refuse_terms: z.array(z.string().max(2048)).max(256).default([]),
  /** Providers, or `provider/model`, that the dataset does not take. */
  refuse_providers: z.array(z.string().max(512)).max(256).default([]),
  /** Providers that have no terms of their own, because they run here. */
  without_terms: z.array(z.string().max(256)).max(256).default(['template', 'local', 'human'])
})

/** Whether the dataset takes the record's licence, and the terms of whoever made it. */
export const licence = defineCheck({
  name: 'licence',
  version: 1,
  cost: 'cheap',
  needs: 'record',
  codes: { license: 'refuse', license_missing: 'warn', terms: 'refuse', terms_missing: 'note' },
  options,
  prepare(set) {
    const accepted = set.accept && new Set(set.accept)
    const refusedProviders = new Set(set.refuse_providers.map((name) => name.toLowerCase()))
    const refusedTerms = set.refuse_terms.map(comparable)
    const local = new Set(set.without_terms)
    return ({ record }, report) => {
      if (record.license === undefined) report({ code: 'license_missing' })
      else if (accepted && !satisfies(record.license, accepted)) {
        report({ code: 'license', field: 'license', detail: record.license })
      }
      const { provider, model, terms } = record
      const address = terms === undefined ? undefined : comparable(terms)
      const maker = provider?.toLowerCase()
      if (address !== undefined && refusedTerms.some((refused) => address.startsWith(refused))) {
        report({ code: 'terms', field: 'terms', detail: terms })
      } else if (
        maker !== undefined &&
        [maker, `${maker}/${model?.toLowerCase()}`].some((name) => refusedProviders.has(name))
      ) {
        report({ code: 'terms', field: 'provider', detail: provider })
      } else if (terms === undefined && provider !== undefined && !local.has(provider)) {
        report({ code: 'terms_missing', field: 'provider', detail: provider })
      }
    }
  }
})

/** Addresses that differ only in scheme, `www.` or case of letters are the same terms. */
function comparable(address: string): string {
  return address.toLowerCase().replace(/^https?:\/\/(?:www\.)?/, '')
}
