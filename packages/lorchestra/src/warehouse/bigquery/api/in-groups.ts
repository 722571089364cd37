/** Items in their order, in groups of at most `items` and of `size` together; one that is larger stands alone. */
export function inGroups<T>(
  items: Iterable<T>,
  sizeOf: (item: T) => number,
  most: { readonly size: number; readonly items?: number },
): T[][] {
  const groups: T[][] = [];
  let size = 0;
  for (const item of items) {
    const group = groups.at(-1);
    const own = sizeOf(item);
    if (group === undefined || size + own > most.size || group.length >= (most.items ?? Infinity)) {
      groups.push([item]);
      size = own;
    } else {
      group.push(item);
      size += own;
    }
  }
  return groups;
}
