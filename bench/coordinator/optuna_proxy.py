"""Optuna's gRPC proxy over a storage. Usage: optuna_proxy.py STORAGE_URL|journal:FILE PORT"""

import sys

import optuna
from optuna.storages import JournalStorage, RDBStorage, run_grpc_proxy_server
from optuna.storages.journal import JournalFileBackend

optuna.logging.set_verbosity(optuna.logging.ERROR)
where, port = sys.argv[1], int(sys.argv[2])
if where.startswith("journal:"):
    storage = JournalStorage(JournalFileBackend(where.removeprefix("journal:")))
else:
    storage = RDBStorage(where)
run_grpc_proxy_server(storage, host="127.0.0.1", port=port)
