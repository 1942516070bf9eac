SELECT userIdentity.arn, eventTime FROM "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
WHERE eventName = 'ConsoleLogin' AND element_at(additionalEventData, 'MFAUsed') = 'No'
  AND element_at(responseElements, 'ConsoleLogin') = 'Success' AND userIdentity.type IN ('IAMUser', 'Root')
