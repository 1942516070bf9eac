package detect

var mailSteps = steps{
	{"ses.amazonaws.com:GetSendQuota", "asked", nil},
	{"ses.amazonaws.com:GetAccount", "asked", nil},
	{"ses.amazonaws.com:GetAccountSendingEnabled", "asked", nil},
	{"ses.amazonaws.com:ListIdentities", "asked", nil},
	{"ses.amazonaws.com:ListEmailIdentities", "asked", nil},
	{"sns.amazonaws.com:GetSMSAttributes", "asked", nil},
	{"sns.amazonaws.com:GetSMSSandboxAccountStatus", "asked", nil},
	{"sms-voice.amazonaws.com:DescribeSpendLimits", "asked", nil},
	{"sms-voice.amazonaws.com:DescribeAccountAttributes", "asked", nil},
	{"sns.amazonaws.com:SetSMSAttributes", "prepared", inVain("tried")},
	{"sns.amazonaws.com:CreateSMSSandboxPhoneNumber", "prepared", inVain("tried")},
	{"sms-voice.amazonaws.com:RequestPhoneNumber", "prepared", inVain("tried")},
	{"sms-voice.amazonaws.com:SetTextMessageSpendLimitOverride", "prepared", inVain("tried")},
	{"workmail.amazonaws.com:CreateOrganization", "prepared", inVain("tried")},
	{"workmail.amazonaws.com:RegisterToWorkMail", "prepared", inVain("tried")},
	{"ses.amazonaws.com:UpdateAccountSendingEnabled", "prepared", inVain("tried")},
	{"ses.amazonaws.com:PutAccountDetails", "prepared", inVain("tried")},
	{"ses.amazonaws.com:PutAccountSendingAttributes", "prepared", inVain("tried")},
	{"ses.amazonaws.com:VerifyEmailIdentity", "prepared", inVain("tried")},
	{"ses.amazonaws.com:VerifyDomainIdentity", "prepared", inVain("tried")},
	{"ses.amazonaws.com:CreateEmailIdentity", "prepared", inVain("tried")},
	{"support.amazonaws.com:CreateCase", "prepared", inVain("tried")},
	{"servicequotas.amazonaws.com:RequestServiceQuotaIncrease", "prepared", func(f *facts) bool {
		return (f.param("serviceCode") == "ses" || f.param("serviceCode") == "sns") && inVain("tried")(f)
	}},
	{"ses.amazonaws.com:SendEmail", "sent", sentStep},
	{"ses.amazonaws.com:SendRawEmail", "sent", sentStep},
	{"ses.amazonaws.com:SendBulkEmail", "sent", sentStep},
	{"sms-voice.amazonaws.com:SendTextMessage", "sent", sentStep},
	{"sns.amazonaws.com:Publish", "sent", func(f *facts) bool { return done(f) && f.param("phoneNumber") != "" }},
}

// sentStep thins the mail out that workloads send: of a role's, that of every tenth second.
func sentStep(f *facts) bool {
	return done(f) && (f.r.Identity.Type != "AssumedRole" || f.r.Time.Unix()%10 == 0 || byHand(f.r.UserAgent))
}
