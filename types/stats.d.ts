// The ecosystem's own statistics, as far as vdata hands them to Prometheus.
declare module 'hypercore-stats' {
  import type Corestore from 'corestore'
  import type { Gauge } from 'prom-client'

  class HypercoreStats {
    static fromCorestore(store: Corestore): HypercoreStats
    registerPrometheusMetrics(client: { Gauge: typeof Gauge }): void
  }
  export = HypercoreStats
}

declare module 'hyperswarm-stats' {
  import type Hyperswarm from 'hyperswarm'
  import type { Gauge } from 'prom-client'

  class HyperswarmStats {
    constructor(swarm: Hyperswarm)
    registerPrometheusMetrics(client: { Gauge: typeof Gauge }): void
  }
  export = HyperswarmStats
}
