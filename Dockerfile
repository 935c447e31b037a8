# syntax=docker/dockerfile:1
# One image for web, dispatcher, worker, beat and commands. PostgreSQL and Redis are other containers (docker-compose.yml).

FROM python:3.13.9-slim-trixie AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY requirements.lock .
RUN python -m venv /venv && /venv/bin/pip install --require-hashes --no-deps -r requirements.lock

FROM python:3.13.9-slim-trixie
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=feedback_platform.settings \
    FEEDBACK_DATA_DIR=/data
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin feedback \
    && install -d -o feedback -g feedback /data /app
COPY --from=packages /venv /venv
WORKDIR /app
COPY manage.py pyproject.toml requirements.lock LICENSE ./
COPY apps apps
COPY feedback_platform feedback_platform
COPY static static
COPY templates templates
# Static files are part of the image. The settings are read, no server is reached: these values end with this line.
RUN DATABASE_URL=postgresql://none/none SECRET_KEY=only-while-building python manage.py collectstatic --noinput -v0 \
    && python -m compileall -q apps feedback_platform
USER 10001
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "8", "--respawn-failed-workers", "--respawn-interval", "0.1", \
     "--workers-kill-timeout", "5", "--log-level", "warning", "feedback_platform.wsgi:application"]
