let restrictions = 0;
let umaskBefore = 0;

/**
 * Makes every file that this process creates readable by its owner only, until the returned function is called.
 *
 * DuckDB takes no mode for the files it makes, and makes its log and its temporary files at any time while it is open.
 */
export function restrictUmask(): () => void {
  if (restrictions === 0) umaskBefore = process.umask(0o077);
  restrictions += 1;
  let isLifted = false;
  return () => {
    if (isLifted) return;
    isLifted = true;
    restrictions -= 1;
    if (restrictions === 0) process.umask(umaskBefore);
  };
}
