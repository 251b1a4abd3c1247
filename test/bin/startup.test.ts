import test from 'brittle'
import { benchStartup } from '../bench/startup.js'

test('vdata --help takes at most three times as long as a Node that does nothing', async (t) => {
  const [node, help] = await benchStartup()
  t.comment(`node -e 0: ${node?.value.toFixed(1)} ms, vdata --help: ${help?.value.toFixed(1)} ms`)
  t.ok((help?.ratio ?? Infinity) <= 3, `${help?.ratio?.toFixed(2)} times`)
})
