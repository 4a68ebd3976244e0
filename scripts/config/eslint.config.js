// What Biome cannot see: with types, a promise nobody awaits, one given where none is expected, a case nobody wrote; and house rules
// that are a shape of the syntax tree, each with the sentence that is printed when it is broken.
import tseslint from 'typescript-eslint'

const rule = (selector, message) => ({ selector, message })

const EVERYWHERE = [
  rule(
    ':function > Identifier.params[typeAnnotation.typeAnnotation.type="TSBooleanKeyword"]',
    'A boolean parameter tells nothing at the call: pass a word or an option by name.'
  ),
  rule('TSEnumDeclaration', 'Enums are not erasable: use a union of texts.')
]
const GATEWAY = [
  ...EVERYWHERE,
  rule('Program > VariableDeclaration[kind="let"]', 'No module-level mutable state: pass it on.'),
  rule('Program > ExportNamedDeclaration > VariableDeclaration[kind="let"]', 'No module-level mutable state: pass it on.'),
  rule('CallExpression[callee.object.name="console"][callee.property.name=/^(log|info|debug)$/]', 'The gateway logs through observe/.')
]
const ENVIRONMENT = rule('MemberExpression[object.name="process"][property.name="env"]', 'Only config/env.ts reads the environment.')
const QUERY = rule(
  'CallExpression[callee.property.name="query"][callee.object.name=/^(pool|client|db)$/]',
  'SQL is spoken in store/ only, one statement a function.'
)
const CORE = [
  rule('CallExpression[callee.object.name="Date"][callee.property.name="now"]', 'In core time arrives as `at`.'),
  rule('NewExpression[callee.name="Date"][arguments.length=0]', 'In core time arrives as `at`.'),
  rule('CallExpression[callee.object.name="Math"][callee.property.name="random"]', 'In core nothing is random.'),
  rule('AwaitExpression', 'core is pure: nothing is awaited.'),
  rule('Identifier[name="process"]', 'core is pure: it does not see the program around it.')
]

const restricted = (...rules) => ({ 'no-restricted-syntax': ['error', ...rules.flat()] })

export default tseslint.config(
  { ignores: ['**/node_modules/**', 'gateway/generated/**', 'test/types/**', 'scripts/**/*.js', '.sallyport/**'] },
  {
    files: ['gateway/**/*.ts', 'scripts/**/*.ts', 'test/**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: new URL('../..', import.meta.url).pathname }
    },
    plugins: { '@typescript-eslint': tseslint.plugin },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: false }],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      ...restricted(EVERYWHERE)
    }
  },
  { files: ['gateway/**/*.ts'], rules: restricted(GATEWAY, ENVIRONMENT, QUERY) },
  { files: ['gateway/cli.ts', 'gateway/cli/**/*.ts'], rules: restricted(EVERYWHERE, ENVIRONMENT, QUERY) },
  { files: ['gateway/store/**/*.ts'], rules: restricted(GATEWAY, ENVIRONMENT) },
  { files: ['gateway/config/env.ts'], rules: restricted(GATEWAY, QUERY) },
  {
    files: ['gateway/core/**/*.ts'],
    rules: {
      ...restricted(GATEWAY, ENVIRONMENT, QUERY, CORE),
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'node:crypto',
              allowImportNames: ['createHash', 'createHmac', 'createSecretKey', 'hash', 'timingSafeEqual', 'Hash', 'Hmac', 'KeyObject'],
              message: 'core hashes and authenticates; keys and randomness arrive from outside.'
            },
            { name: 'node:buffer', allowImportNames: ['Buffer', 'isUtf8', 'isAscii'], message: 'core reads bytes, nothing more.' }
          ]
        }
      ]
    }
  }
)
