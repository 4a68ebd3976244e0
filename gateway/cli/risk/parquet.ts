/**
 * Rows of a Parquet file, one row group after the other, only the columns asked for. Decides which codecs are unpacked: snappy by the library, gzip, zstd
 * and brotli by Node. Refuses any other, encryption and damage with one sentence, for the library's own may repeat what the file holds.
 */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { asyncBufferFromFile, type Compressors, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'
import { RequestError } from '../../core/errors.ts'

const CODECS: Compressors = {
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: length }),
  ZSTD: (input, length) => zstdDecompressSync(input, { maxOutputLength: length }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: length })
}

export interface ParquetFile {
  readonly columns: readonly string[]
  /** Objects with the named columns, in order; and after each row group which share of the rows was read. */
  read(columns: readonly string[], take: (row: Readonly<Record<string, unknown>>) => void, seen: (share: number) => void): Promise<void>
}

export async function openParquet(path: string): Promise<ParquetFile> {
  const file = await asyncBufferFromFile(path)
  const metadata = await readable(() => parquetMetadataAsync(file, { geoparquet: false }))
  return {
    columns: parquetSchema(metadata).children.map(({ element }) => element.name),
    read: async (columns, take, seen) => {
      let rowStart = 0
      for (const { num_rows } of metadata.row_groups) {
        const rowEnd = rowStart + Number(num_rows)
        const asked = { file, metadata, columns: [...columns], rowStart, rowEnd, compressors: CODECS }
        for (const row of await readable(() => parquetReadObjects(asked))) take(row)
        rowStart = rowEnd
        seen(rowEnd / Number(metadata.num_rows))
      }
    }
  }
}

async function readable<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    throw new RequestError(
      'bad-request',
      'A Parquet file cannot be read: it is damaged, encrypted, or packed by a codec not known here.',
      error
    )
  }
}
