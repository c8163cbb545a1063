import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** What is worth compressing; a variant that is not smaller than its file is not written. */
const COMPRESSIBLE = /\.(js|css|svg|json|webmanifest)$/;

/**
 * Writes `.br` and `.gz` beside each text file of the build, so that the server compresses nothing at run time.
 * The style sheet of the plain pages is not part of the bundle (they need it where this build is missing), but its
 * compressed forms are made here too.
 */
function precompress(): Plugin {
  let outDir = '';
  return {
    name: 'chinwag:precompress',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir;
    },
    closeBundle() {
      for (const shared of ['styles/base.css', 'public/favicon.svg', 'public/manifest.webmanifest']) {
        writeVariants(readFileSync(shared), join(outDir, 'shared', shared.split('/')[1] ?? ''));
      }
      for (const name of readdirSync(outDir, { recursive: true, encoding: 'utf8' })) {
        const file = join(outDir, name);
        if (COMPRESSIBLE.test(name) && statSync(file).isFile()) writeVariants(readFileSync(file), file);
      }
    },
  };
}

/** Writes down what a page has to load, for the crate that embeds the build: one line each, kind and file. */
function listEntry(): Plugin {
  return {
    name: 'chinwag:entry',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const lines: string[] = [];
        for (const chunk of Object.values(bundle)) {
          if (chunk.type !== 'chunk' || !chunk.isEntry) continue;
          lines.push(`script ${chunk.fileName}`);
          lines.push(...Array.from(chunk.viteMetadata?.importedCss ?? [], (file) => `style ${file}`));
          lines.push(...chunk.imports.map((file) => `preload ${file}`));
        }
        this.emitFile({ type: 'asset', fileName: 'entry.txt', source: `${lines.join('\n')}\n` });
      },
    },
  };
}

function writeVariants(bytes: Buffer, file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  const gz = gzipSync(bytes, { level: 9 });
  if (br.length < bytes.length) writeFileSync(`${file}.br`, br);
  if (gz.length < bytes.length) writeFileSync(`${file}.gz`, gz);
}

export default defineConfig({
  // The server serves the build's files below this path, whatever page they are used on.
  base: '/assets/',
  // The shared files (style sheet, icon, web manifest) are embedded by the crate itself.
  publicDir: false,
  plugins: [svelte(), listEntry(), precompress()],
  build: {
    // What `socket.io-client` and `<dialog>` need as well.
    target: ['chrome111', 'firefox114', 'safari16.4'],
    assetsDir: '',
    sourcemap: false,
    // The client is one module; nothing is loaded lazily yet, so there is nothing to preload either.
    modulePreload: false,
    rollupOptions: { input: 'src/main.ts' },
  },
  test: { include: ['tests/**/*.test.ts'] },
});
