import type { Place } from "../address.js";

/** The roles that a run needs, as commands that somebody with the right to grant them can paste. */
export function grantsHint(place: Place): string {
  const { projectId, datasetId } = place;
  return [
    "grant the account that runs this (PRINCIPAL, such as user:me@example.com):",
    `gcloud projects add-iam-policy-binding ${projectId} --member=PRINCIPAL --role=roles/bigquery.jobUser`,
    "and, where the dataset does not exist yet,",
    `gcloud projects add-iam-policy-binding ${projectId} --member=PRINCIPAL --role=roles/bigquery.user`,
    "or, where it does, the dataset's own",
    `bq query --use_legacy_sql=false 'GRANT \`roles/bigquery.dataEditor\` ON SCHEMA \`${projectId}.${datasetId}\` TO "PRINCIPAL"'`,
    "(a dry run needs only roles/bigquery.dataViewer there)",
  ].join("\n  ");
}
