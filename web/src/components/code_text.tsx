// Text in which backticks mark code. `copyable` puts a copy button behind what one would rather not type.
import { Fragment } from 'react';
import { splitCode } from '@/lib/format';
import { CopyButton } from './copy_button';

/** Commands and long names. */
function isTedious(code: string): boolean {
  return code.includes(' ') || code.length >= 20;
}

export function CodeText({ text, copyable }: { text: string; copyable?: boolean }) {
  return splitCode(text).map((piece, index) =>
    piece.code ? (
      <Fragment key={index}>
        <code>{piece.text}</code>
        {copyable && isTedious(piece.text) && <CopyButton text={piece.text} />}
      </Fragment>
    ) : (
      <Fragment key={index}>{piece.text}</Fragment>
    ),
  );
}
