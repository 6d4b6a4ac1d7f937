"""The application factory: everything is made and wired here, and nowhere else."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pkgutil import resolve_name

from aiohttp import web

from kds.config import Config
from kds.domain.firing import Firing
from kds.domain.forgetting import Forgetting
from kds.domain.links import Links
from kds.domain.pace import PaceCache
from kds.guests import pages as guest_pages
from kds.guests.menu.changes import MenuPublisher
from kds.guests.menu.handlers import MenuHandler, read_menu
from kds.guests.pickup.board import PickupBoards
from kds.guests.pickup.handlers import PickupHandler
from kds.guests.placing import CustomerHandlers
from kds.guests.queries import GuestQueries
from kds.guests.tracking import TrackPages, TrackRounds
from kds.guests.tracking_handlers import TrackHandler
from kds.kitchen import pages as kitchen_pages
from kds.kitchen.actions.handlers import ActionHandlers
from kds.kitchen.actions.queries import ActionQueries
from kds.kitchen.dishes.clock import DishClock
from kds.kitchen.dishes.handlers import DishHandlers
from kds.kitchen.dishes.news import DishNews
from kds.kitchen.dishes.queries import DishQueries
from kds.kitchen.display import DisplayHandler
from kds.kitchen.guest_ordering import OrderingHandlers
from kds.kitchen.lists import KitchenHandlers
from kds.kitchen.messages import KitchenScreens
from kds.kitchen.queries import KitchenQueries
from kds.kitchen.screens import ScreenRegistry
from kds.kitchen.snapshots import BoardCache
from kds.manager import pages as manager_pages
from kds.manager.branches.handlers import BranchManagement
from kds.manager.branches.queries import ManagedBranches
from kds.manager.menu.handlers import MenuManagement
from kds.manager.menu.queries import ManagedMenus
from kds.manager.staff.handlers import StaffManagement
from kds.manager.staff.queries import ManagedStaff
from kds.manager.stations.handlers import StationManagement
from kds.manager.stations.queries import StationQueries
from kds.manager.tables.handlers import TableHandler
from kds.manager.tables.queries import TableQueries
from kds.manager.today.handlers import TodayHandler
from kds.manager.today.queries import TodayQueries
from kds.postgres.hosts import Primary
from kds.postgres.pool import Pool
from kds.postgres.statements import load_statements
from kds.relay.audience import Audience
from kds.relay.broken_orders import BrokenOrders
from kds.relay.hub import Hub
from kds.relay.meters import Meters, new_registry
from kds.relay.pruning import Pruning
from kds.relay.relay import Relay
from kds.web.checks import Checks
from kds.web.headers import security_headers
from kds.web.health.handlers import HealthHandlers
from kds.web.health.http_metrics import HttpMetrics
from kds.web.health.passes import PassMeter
from kds.web.health.queries import HealthQueries
from kds.web.health.triggers import TriggerWatch
from kds.web.health.turns import TurnMeter
from kds.web.login import pages as login_pages
from kds.web.login.endings import Endings
from kds.web.login.handlers import StaffHandlers
from kds.web.login.memberships import Memberships
from kds.web.login.own import OwnLoginHandler
from kds.web.login.passwords import PasswordChecker
from kds.web.login.queries import LoginQueries
from kds.web.login.sessions import SessionFollower
from kds.web.login.tokens import Tokens
from kds.web.openapi import OpenApiHandler
from kds.web.request_limits import limit_requests
from kds.web.responses import answer_errors
from kds.web.routes import Route, add_routes, cors_for, routes_of
from kds.web.sockets.open_sockets import OpenSockets
from kds.web.sockets.seats import CustomerSeats
from kds.web.sockets.serving import SocketServer
from kds.web.static.pages import LANDING, Pages

ACTIONS_KEPT = timedelta(days=90)
CLIENTS: tuple[str, ...] = ()
"""Kinds of client that need nothing but sockets, one line each; kds/web/README.md tells how to add one."""

RELAY: web.AppKey[Relay] = web.AppKey("relay", Relay)
BOARDS: web.AppKey[BoardCache] = web.AppKey("boards", BoardCache)
MENUS: web.AppKey[MenuPublisher] = web.AppKey("menus", MenuPublisher)
ROUTES: web.AppKey[list[Route]] = web.AppKey("routes", list)
"""What a process answers, whichever of its ports is asked."""
OPERATIONS: web.AppKey[web.Application] = web.AppKey("operations", web.Application)
"""What is asked at METRICS_ADDRESS; there only when that is set."""
OPEN_SOCKETS: web.AppKey[OpenSockets] = web.AppKey("open_sockets", OpenSockets)
HTTP_METRICS: web.AppKey[HttpMetrics] = web.AppKey("http_metrics", HttpMetrics)


def create_app(config: Config) -> web.Application:
    """The whole service as one aiohttp application."""
    sql = load_statements()
    broken = BrokenOrders()
    primary = Primary()
    pool = Pool(config.database_url, size=config.pool_size, direct=config.pool_is_direct, primary=primary)
    logins = LoginQueries(pool, sql)
    kitchens = KitchenQueries(pool, sql, broken)
    guests = GuestQueries(pool, sql, broken)
    endings = Endings(grace_s=config.refresh_grace_s)
    tokens = Tokens(
        config.jwt_secret,
        lifetime=timedelta(hours=config.token_hours),
        secret_before=config.jwt_secret_before,
        endings=endings,
    )
    links = Links(config.jwt_secret, secret_before=config.jwt_secret_before, table_secret=config.table_secret)
    passwords = PasswordChecker()
    instance = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    sessions = SessionFollower(logins, endings, instance)
    registry = new_registry()
    meters, http_metrics = Meters(registry), HttpMetrics(registry)
    paces = PaceCache(guests.pace)
    audiences: list[Audience] = [
        KitchenScreens(),  # first: its screens wait for nobody
        PickupBoards(with_names=False),
        PickupBoards(with_names=True),
        TrackPages(paces),
        TrackRounds(),
    ]
    hub = Hub(silence_s=config.silence_s)
    boards = BoardCache(kitchens.snapshot, at_once=max(1, config.pool_size // 2))
    menus = MenuPublisher(hub, partial(read_menu, guests))
    dishes = DishQueries(pool, sql, broken)
    dish_clock = DishClock(dishes)
    dish_news = DishNews()
    relay = Relay(
        config,
        sql,
        hub,
        meters,
        broken,
        audiences=audiences,
        controls=[menus, sessions, dish_clock, dish_news],
        caches=[boards],
        instance=instance,
        primary=primary if config.pool_is_direct else Primary(),
    )
    screens = ScreenRegistry(kitchens, instance)
    pruning = Pruning(
        pool,
        sql,
        timedelta(minutes=config.events_kept_minutes),
        [guests.prune_keys, logins.prune_endings, partial(kitchens.prune_actions, ACTIONS_KEPT)],
    )
    firing = Firing(pool, sql)
    forgetting = Forgetting(pool, sql)
    open_sockets = OpenSockets()
    turns, passes = TurnMeter(), PassMeter()
    seats = CustomerSeats(config)

    sockets = SocketServer(config, relay, open_sockets, endings)
    customers = CustomerHandlers(config, guests, links, paces)
    handlers = [
        StaffHandlers(config, logins, tokens, passwords),
        OwnLoginHandler(logins),
        MenuHandler(config, guests, links, sockets, menus, seats),
        customers,
        TrackHandler(config, paces, sockets, seats, customers),
        PickupHandler(config, guests, sockets),
        KitchenHandlers(kitchens),
        OrderingHandlers(kitchens),
        DishHandlers(dishes),
        ActionHandlers(ActionQueries(pool, sql, broken)),
        DisplayHandler(config, kitchens, endings, relay, boards, open_sockets, screens, dish_news),
        TableHandler(config, TableQueries(pool, sql, broken), links),
        TodayHandler(TodayQueries(pool, sql)),
        MenuManagement(ManagedMenus(pool, sql, broken)),
        StationManagement(StationQueries(pool, sql, broken)),
        StaffManagement(config, ManagedStaff(pool, sql), passwords),
        BranchManagement(ManagedBranches(pool, sql)),
        *(resolve_name(name)(sockets) for name in CLIENTS),
    ]
    pages = Pages()
    health_queries = HealthQueries(pool, sql)
    trigger_watch = TriggerWatch(health_queries)
    health = HealthHandlers(
        health_queries,
        relay,
        open_sockets,
        (turns, passes),
        sessions,
        trigger_watch,
        registry=registry,
        boards_read=lambda: boards.reads,
    )

    app = web.Application(middlewares=[answer_errors, limit_requests(config, tokens), pages.unknown()])
    app[RELAY] = relay
    app[BOARDS] = boards
    app[MENUS] = menus
    app[OPEN_SOCKETS] = open_sockets
    app[HTTP_METRICS] = http_metrics
    app.on_response_prepare.append(security_headers(config))
    app.on_response_prepare.append(http_metrics.count)

    routes = [
        *routes_of(*handlers),
        *pages.routes([LANDING, *kitchen_pages.PAGES, *guest_pages.PAGES, *manager_pages.PAGES, *login_pages.PAGES]),
    ]
    operations = routes_of(health)
    openapi = OpenApiHandler([bound.route for bound in (*routes, *operations)])
    operations += routes_of(openapi)
    app[ROUTES] = [bound.route for bound in (*routes, *operations)]
    checks = Checks(config, tokens, Memberships(logins), open_sockets)
    add_routes(app, routes, checks.checked, cors_for(app, config))
    if config.metrics_address:
        app.add_routes([web.get("/healthz", health.healthz), web.get("/readyz", health.readyz_in_short)])
        app[OPERATIONS] = web.Application(middlewares=[answer_errors])
        app[OPERATIONS].on_response_prepare.append(security_headers(config))
        add_routes(app[OPERATIONS], operations, checks.checked)
    else:
        add_routes(app, operations, checks.checked)

    async def live(_app: web.Application) -> AsyncIterator[None]:
        await pool.open()
        await sessions.start()
        relay.start()
        menus.start()
        dish_clock.start()
        dish_news.start()
        screens.start()
        turns.start()
        passes.start()
        trigger_watch.start()
        pruning.start()
        firing.start()
        forgetting.start()
        yield
        await forgetting.stop()
        await firing.stop()
        await pruning.stop()
        await trigger_watch.stop()
        passes.stop()
        turns.stop()
        await screens.stop()
        await dish_news.stop()
        await dish_clock.stop()
        await menus.stop()
        await relay.stop()
        await sessions.stop()
        passwords.close()
        await pool.close()

    async def end_sockets(_app: web.Application) -> None:
        await open_sockets.end_all()

    app.cleanup_ctx.append(pages.opened)
    app.cleanup_ctx.append(live)
    app.on_shutdown.append(end_sockets)
    return app
