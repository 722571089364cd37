/** The two queries by which the seed judges a run, as they stand there. */
export function validationQueries(dataset: string): { readonly question: string; readonly sql: string }[] {
  return [
    {
      question: "How many objects are there?",
      sql: `SELECT source_system, connection_name, object_type, COUNT(*) as count
FROM \`${dataset}.raw_objects\`
WHERE source_system = 'stripe'
GROUP BY 1, 2, 3
ORDER BY 3;`,
    },
    {
      question: "What did the runs do?",
      sql: `SELECT event_type, source_system, connection_name, target_object_type,
       JSON_EXTRACT_SCALAR(payload, '$.records_extracted') as records,
       JSON_EXTRACT_SCALAR(payload, '$.inserted') as inserted
FROM \`${dataset}.event_log\`
WHERE source_system = 'stripe'
ORDER BY created_at DESC
LIMIT 10;`,
    },
  ];
}
