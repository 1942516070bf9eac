SELECT eventName, userIdentity.accountId FROM 6f1a9b32-4c0d-4e7a-9d51-2b8c7e0f4a15 WHERE eventName = 'CreateUser'
UNION ALL
SELECT eventName, userIdentity.accountId FROM 0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d WHERE eventName = 'CreateRole'
