"""The matrix of who may do what.

A row is the method, then the status for a visitor, the owner (Alice), another user (Bob), a reviewer, an operator
and an admin. A stranger gets 404 for what is not theirs, never 403 with a hint.
"""

# All of it is public. Whoever is signed in may be sent on.
PUBLIC = "GET 200 200 200 200 200 200"
MEMBERS = "GET 302 200 200 200 200 200"
ITEM = "GET 302 200 404 404 200 200"
ITEM_API = "GET 401 200 404 404 200 200"
REVIEWERS = "GET 302 403 403 200 200 200"
OPERATORS = "GET 302 403 403 403 200 200"
OPERATORS_API = "GET 401 403 403 403 200 200"
GONE_ON = "GET 200 302 302 302 302 302"  # for visitors; the others are in already
FOUND = "302 302 302 302 302"

ROUTES = {
    "home": PUBLIC,
    "guide": PUBLIC,
    "join": "GET 410 410 410 410 410 410",  # this invitation does not exist
    "language": "POST 302 302 302 302 302 302",
    "camera": MEMBERS,
    "live": MEMBERS,  # and visitors, where the site lets them
    "live-worker": PUBLIC,
    "live-model": "GET 302 404 404 404 404 404",  # the model in service has no twin
    "live-facts": "GET 302 404 404 404 404 404",
    "manifest": PUBLIC,
    "service-worker": PUBLIC,
    "offline": PUBLIC,
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "health": "GET 503 503 503 503 503 503",  # there is no worker here
    "metrics": "GET 404 404 404 404 404 404",  # from another machine, without the token
    "item-list": MEMBERS,
    "item-create": "POST 302 302 302 302 302 302",
    "item-detail": ITEM,
    "item-result": ITEM,
    "item-image": ITEM,
    "item-thumbnail": ITEM,
    "item-activation": ITEM,
    "item-annotate": "POST 302 302 404 404 302 302",
    "annotation-withdraw": "POST 302 302 404 404 404 404",
    "item-delete": "POST 302 302 404 404 404 404",
    "item-note": "POST 302 302 404 404 404 404",
    "item-selected": "POST 302 302 302 302 302 302",  # nothing is chosen
    "item-selected-correct": "POST 302 302 302 302 302 302",
    "item-selected-delete": "POST 302 302 302 302 302 302",
    "item-selected-undo": "POST 302 302 302 302 302 302",
    "consent": "POST 302 302 302 302 302 302",
    "statistics": MEMBERS,
    "own-data": MEMBERS,
    "own-data-status": MEMBERS,
    "own-data-copy": "POST 302 302 302 302 302 302",
    "own-data-discard": "POST 302 302 302 302 302 302",
    "own-data-download": "GET 302 302 302 302 302 302",  # there is no copy
    "own-data-erase": MEMBERS,
    "account-close": MEMBERS,
    "profile": MEMBERS,
    "token-create": "POST 302 200 200 200 200 200",
    "token-delete": "POST 302 302 404 404 404 404",
    "dataset-list": OPERATORS,
    "dataset-new": OPERATORS,
    "dataset-detail": OPERATORS,
    "dataset-status": OPERATORS,
    "dataset-download": OPERATORS,
    "dataset-preview": "POST 302 403 403 403 200 200",
    "dataset-export": "POST 302 403 403 403 302 302",
    "dataset-file": OPERATORS,
    "dataset-compare": "GET 302 403 403 403 302 302",  # with nothing
    "import-list": OPERATORS,
    "import-detail": OPERATORS,
    "import-status": OPERATORS,
    "import-cancel": "POST 302 403 403 403 302 302",
    "import-retry": "POST 302 403 403 403 302 302",
    "item-consent": "POST 302 302 404 404 404 404",
    "dataset-cancel": "POST 302 403 403 403 302 302",
    "dataset-retry": "POST 302 403 403 403 302 302",
    "training-list": OPERATORS,
    "training-new": OPERATORS,
    "training-detail": OPERATORS,
    "training-status": OPERATORS,
    "training-log": OPERATORS,
    "training-cancel": "POST 302 403 403 403 302 302",
    "training-retry": "POST 302 403 403 403 302 302",
    "model-upload": OPERATORS,
    "model-report": "GET 302 403 403 403 404 404",  # the model in service has none
    "model-card": "GET 302 403 403 403 404 404",
    "model-list": OPERATORS,
    "model-detail": OPERATORS,
    "model-activate": "POST 302 403 403 403 302 302",
    "model-shadow": "POST 302 403 403 403 302 302",
    "model-retire": "POST 302 403 403 403 302 302",
    "model-roll-back": "POST 302 403 403 403 302 302",
    "model-compare": OPERATORS,
    "holdout-renew": "POST 302 403 403 403 302 302",
    "comparison-detail": OPERATORS,
    "comparison-status": OPERATORS,
    "comparison-cancel": "POST 302 403 403 403 404 404",  # it has no job
    "comparison-retry": "POST 302 403 403 403 404 404",
    "comparison-picture": "GET 302 403 403 403 404 404",  # nothing flips
    "reprediction-new": OPERATORS,
    "reprediction-detail": OPERATORS,
    "reprediction-status": OPERATORS,
    "reprediction-cancel": "POST 302 403 403 403 404 404",  # it has no job
    "reprediction-retry": "POST 302 403 403 403 404 404",
    "review": REVIEWERS,
    "review-answer": "POST 302 403 403 302 302 302",  # it is not theirs to review, which is told on the next page
    "review-skip": "POST 302 403 403 302 302 302",
    "review-undo": "POST 302 403 403 302 302 302",
    "review-record": OPERATORS,
    "review-record-csv": OPERATORS,
    "dashboard": OPERATORS,
    "dashboard-table": OPERATORS,
    "dashboard-csv": OPERATORS,
    "job-list": OPERATORS,
    "job-cancel": "POST 302 403 403 403 302 302",
    "job-retry": "POST 302 403 403 403 302 302",
    "account_login": GONE_ON,
    "account_logout": "GET 302 200 200 200 200 200",
    "account_inactive": PUBLIC,
    "account_signup": GONE_ON,
    "account_reauthenticate": MEMBERS,
    "account_email": MEMBERS,
    "account_email_verification_sent": PUBLIC,
    "account_change_password": MEMBERS,
    "account_set_password": f"GET 302 {FOUND}",
    "account_reset_password": PUBLIC,
    "account_confirm_login_code": "GET 302 302 302 302 302 302",
    "account_confirm_email": PUBLIC,  # an unknown key is told as such
    "account_reset_password_from_key_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "usersessions_list": MEMBERS,
    "mfa_index": MEMBERS,
    "mfa_authenticate": f"GET 302 {FOUND}",
    "mfa_reauthenticate": f"GET 302 {FOUND}",
    "mfa_activate_totp": f"GET 302 {FOUND}",
    "mfa_deactivate_totp": "GET 302 404 404 404 404 404",  # there is none
    "mfa_view_recovery_codes": "GET 302 404 404 404 404 404",  # there is none
    "mfa_generate_recovery_codes": f"GET 302 {FOUND}",
    "mfa_download_recovery_codes": "GET 302 404 404 404 404 404",  # there is none
    "api-docs": PUBLIC,
    "api:schema": PUBLIC,
    "api:token": "POST 400 400 400 400 400 400",
    "api:item-list": "POST 401 202 202 202 202 202",
    "api:item-detail": ITEM_API,
    "api:item-image": ITEM_API,
    "api:item-thumbnail": ITEM_API,
    "api:item-activation": ITEM_API,
    "api:item-annotations": "POST 401 201 404 404 201 201",
    "api:item-withdraw": "POST 401 200 404 404 404 404",
    "api:dataset-list": "POST 401 403 403 403 202 202",
    "api:dataset-detail": OPERATORS_API,
    "api:dataset-download": OPERATORS_API,
    "api:dataset-preview": "POST 401 403 403 403 200 200",
    "api:dataset-exports": OPERATORS_API,
    "api:dataset-export-file": OPERATORS_API,
    "api:dataset-downloads": OPERATORS_API,
    "api:dataset-compare": "GET 401 403 403 403 404 404",  # with nothing
    "api:import-list": OPERATORS_API,
    "api:import-detail": OPERATORS_API,
    "api:item-consent": "POST 401 200 404 404 404 404",
    "api:review": "GET 401 403 403 200 200 200",
    "api:review-answer": "POST 401 403 403 404 404 404",  # they were not given it
    "api:review-skip": "POST 401 403 403 404 404 404",
    "api:review-undo": "POST 401 403 403 404 404 404",
    "api:review-record": OPERATORS_API,
    "api:audit-list": OPERATORS_API,
    "api:audit-detail": OPERATORS_API,
    "api:dashboard": OPERATORS_API,
    "api:dashboard-csv": OPERATORS_API,
    "api:model-list": OPERATORS_API,
    "api:model-detail": OPERATORS_API,
    "api:model-activate": "POST 401 403 403 403 200 200",
    "api:model-roll-back": "POST 401 403 403 403 409 409",  # there is no version before
    "api:model-shadow": "POST 401 403 403 403 409 409",  # it is in service
    "api:model-retire": "POST 401 403 403 403 409 409",
    "api:comparison-list": OPERATORS_API,
    "api:comparison-detail": OPERATORS_API,
    "api:reprediction-list": OPERATORS_API,
    "api:reprediction-detail": OPERATORS_API,
    "api:reprediction-changes": OPERATORS_API,
    "api:holdout-list": OPERATORS_API,
    "api:holdout-detail": OPERATORS_API,
    "api:training-list": OPERATORS_API,
    "api:training-detail": OPERATORS_API,
    "api:training-cancel": "POST 401 403 403 403 409 409",  # it has no job
    "api:training-retry": "POST 401 403 403 403 409 409",
    "api:job-list": OPERATORS_API,
    "api:job-retry": "POST 401 403 403 403 409 409",  # it is done
    "api:job-detail": OPERATORS_API,
    "api:job-cancel": "POST 401 403 403 403 409 409",  # it is done
}
# More methods of addresses that have a row above.
MORE = [
    ("profile", "POST 302 200 200 200 200 200"),  # nothing is chosen
    ("own-data-erase", "POST 302 302 302 302 302 302"),
    ("account-close", "POST 302 200 200 200 200 200"),  # without the password
    ("item-create", "GET 302 405 405 405 405 405"),
    ("item-delete", "GET 302 200 404 404 404 404"),
    ("dataset-new", "POST 302 403 403 403 200 200"),
    ("api:item-list", "GET 401 200 200 200 200 200"),
    ("api:item-detail", "DELETE 401 204 404 404 404 404"),
    ("api:item-detail", "PUT 401 405 405 405 405 405"),
    ("api:item-detail", "PATCH 401 200 404 404 404 404"),
    ("api:dataset-list", OPERATORS_API),
    ("api:dataset-exports", "POST 401 403 403 403 202 202"),
    ("api:import-list", "POST 401 403 403 403 422 422"),  # nothing was brought
    ("import-list", "POST 302 403 403 403 200 200"),
    ("api:dataset-detail", "DELETE 401 403 403 403 405 405"),
    ("api:model-list", "POST 401 403 403 403 400 400"),  # without an archive
    ("api:training-list", "POST 401 403 403 403 400 400"),  # without a data set
    ("api:comparison-list", "POST 401 403 403 403 400 400"),  # without a candidate
    ("api:reprediction-list", "POST 401 403 403 403 202 202"),
    ("api:holdout-list", "POST 401 403 403 403 409 409"),  # the newest was not used yet
    ("api:comparison-detail", "DELETE 401 403 403 403 405 405"),
    ("model-compare", "POST 302 403 403 403 302 302"),
    ("reprediction-new", "POST 302 403 403 403 302 302"),
    ("training-new", "POST 302 403 403 403 200 200"),
    ("model-upload", "POST 302 403 403 403 200 200"),
]
BODIES = {
    "item-annotate": {"kind": "confirm"},
    "api:item-annotations": {"kind": "confirm"},
    "item-selected-correct": {"kind": "not_waste"},
    "own-data-erase": {"sure": "on"},
    "api:item-detail": {"note": "x"},
    "token-create": {"name": "x"},
    "api:dataset-list": {"name": "x"},
    "api:dataset-exports": {"format": "csv"},
    "api:item-consent": {"consent": True},
    "dataset-new": {},
    "model-activate": {"reason": "x"},
    "review-answer": {"label": "glass"},
    "api:review-answer": {"label": "glass"},
}
PEOPLE = ("visitor", "alice", "bob", "rita", "otto", "ada")
ADMIN = "GET 302 302 302 302 {} {}"
# What an operator and an admin may do with the rows of each model in the admin: view, add, change, delete. All others
# do not come in. Rights, people and what opens their accounts are the admin's alone.
KEPT = ("v", "v")  # rows that nobody changes
ADMIN_MODELS = {
    "wasteapp.user": ("", "vacd"),
    "auth.group": ("", "vacd"),
    "wasteapp.invitation": ("", "vad"),
    "wasteapp.apitoken": ("", "vd"),
    "account.emailaddress": ("", "vacd"),
    "mfa.authenticator": ("", "vacd"),
    "wasteapp.uploadkey": ("", "v"),
    "wasteapp.sitesettings": ("vc", "vc"),
    "wasteapp.bin": ("vacd", "vacd"),
    "wasteapp.category": ("vac", "vacd"),
    "wasteapp.auditevent": KEPT,
    "wasteapp.dataset": KEPT,
    "wasteapp.datasetentry": KEPT,
    "wasteapp.datasetexport": KEPT,
    "wasteapp.download": KEPT,
    "wasteapp.dataimport": KEPT,
    "wasteapp.job": KEPT,
    "wasteapp.item": KEPT,
    "wasteapp.prediction": KEPT,
    "wasteapp.annotation": KEPT,
    "wasteapp.comparison": KEPT,
    "wasteapp.holdout": KEPT,
    "wasteapp.releasedecision": KEPT,
    "wasteapp.reprediction": KEPT,
    "wasteapp.reviewassignment": KEPT,
    "wasteapp.auditsample": KEPT,
    "wasteapp.modelversion": KEPT,
    "wasteapp.trainingrun": KEPT,
}
ADMIN_ROUTES = {
    "admin:index": ADMIN.format(200, 200),
    "admin:wasteapp_auditevent_export": ADMIN.format(200, 200),
    "admin:search": ADMIN.format(200, 200),
    "admin:login": "GET 302 302 302 302 302 302",
    "admin:logout": "POST 302 302 302 302 200 200",
    "admin:password_change": ADMIN.format(200, 200),
    "admin:password_change_done": ADMIN.format(200, 200),
    "admin:autocomplete": ADMIN.format(403, 403),  # without a field
    "admin:jsi18n": ADMIN.format(200, 200),
    "admin:view_on_site": ADMIN.format(404, 404),
    "admin:auth_user_password_change": ADMIN.format(403, 200),
    "admin:app_list": ADMIN.format(200, 200),
    "admin:wasteapp_user_make_their_reset_link": ADMIN.format(403, 302),
    "admin:<path:object_id>/": ADMIN.format(302, 302),  # to the page for changing it
    "admin:(?P<url>.*)$": ADMIN.format(404, 404),  # whatever else is asked for
}
# allauth's own forms: each asks for a session or for what was sent by mail, and its authors test the rest.
FORMS = ("account_", "mfa_", "usersessions_")
# What a reviewer may do with the item of another that they have in hand, beside what the rows above say.
IN_HAND = [
    ("item-image", "GET", 200),
    ("item-thumbnail", "GET", 200),
    ("item-detail", "GET", 404),  # it is shown among the reviews, where the guess may be hidden
    ("item-note", "POST", 404),
    ("item-delete", "POST", 404),
    ("item-consent", "POST", 404),
    ("api:item-image", "GET", 200),
    ("api:item-thumbnail", "GET", 200),
    ("api:item-detail", "GET", 200),
    ("api:item-detail", "DELETE", 404),
    ("api:item-detail", "PATCH", 404),
    ("api:item-consent", "POST", 404),
    ("api:item-annotations", "POST", 201),
    ("api:review-answer", "POST", 201),
]
