SELECT useridentity.sessioncontext.sessionissuer.username AS role, useridentity.sessioncontext.attributes.mfaauthenticated AS mfa, count(*) AS n
FROM cloudtrail_logs WHERE useridentity.sessioncontext.sessionissuer.type = 'Role'
GROUP BY useridentity.sessioncontext.sessionissuer.username, useridentity.sessioncontext.attributes.mfaauthenticated
