SELECT eventID FROM $EDS_ID WHERE eventName = 'DeleteEventDataStore'
