const t0=performance.now();
const { startSandbox } = await import("/work/main/packages/stripe-sandbox/dist/index.js");
console.log("import", performance.now()-t0);
for (let i=0;i<5;i++){ let t=performance.now(); const c=process.cpuUsage(); const sb = await startSandbox({ scenario: "mensio" }); const u=process.cpuUsage(c); console.log("start ms", performance.now()-t, "cpu", (u.user+u.system)/1000); await sb.close(); }
